"""Asks Python's zoneinfo what zones do, at random moments and around clock changes, with a fixed seed.

Writes lines of tabs: "offset ZONE SECONDS OFFSET" for an instant, and "local ZONE YYYY-MM-DDTHH:MM:SS SECONDS..." for
a local time with the instants that it stands for (none, one or two).
"""
import random
import zoneinfo
from datetime import datetime, timedelta, timezone

random.seed(20260601)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
ALWAYS = [
    "America/Los_Angeles", "Europe/Berlin", "Europe/Dublin", "Africa/Casablanca", "America/Nuuk", "Asia/Gaza",
    "Australia/Lord_Howe", "Antarctica/Troll", "Asia/Kolkata", "Pacific/Apia", "America/Sao_Paulo", "Africa/Monrovia",
    "Asia/Kathmandu", "Pacific/Chatham", "America/St_Johns", "Etc/GMT+12", "UTC", "Pacific/Kiritimati",
]


def moment(seconds):
    return EPOCH + timedelta(seconds=seconds)


def offset(zone, seconds):
    return round(moment(seconds).astimezone(zone).utcoffset().total_seconds())


def changes(zone, year):
    """Instants of a year at which the offset changes."""
    start = round((datetime(year, 1, 1, tzinfo=timezone.utc) - EPOCH).total_seconds())
    for day in range(366):
        low, high = start + day * 86400, start + (day + 1) * 86400
        if offset(zone, low) != offset(zone, high):
            before = offset(zone, low)
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(zone, middle) == before else (low, middle)
            yield high


def instants(zone, local):
    found = set()
    for fold in (0, 1):
        aware = local.replace(tzinfo=zone, fold=fold)
        back = aware.astimezone(timezone.utc).astimezone(zone)
        if back.replace(tzinfo=None) == local:
            found.add(round((aware.astimezone(timezone.utc) - EPOCH).total_seconds()))
    return sorted(found)


names = sorted(n for n in zoneinfo.available_timezones() if n not in ("localtime", "Factory"))
for name in ALWAYS + random.sample(names, 90):
    zone = zoneinfo.ZoneInfo(name)
    samples = [random.randrange(-2_500_000_000, 8_000_000_000) for _ in range(20)]
    for year in [2026, random.randrange(1972, 2037), random.randrange(2038, 2200)]:
        for change in changes(zone, year):
            samples += [change - 1, change, change + 1, change + 1800, change - 1800, change + 5400]
    for seconds in samples:
        print("offset", name, seconds, offset(zone, seconds), sep="\t")
        shown = moment(seconds).astimezone(zone).replace(tzinfo=None)
        for local in (shown, shown + timedelta(minutes=40), shown - timedelta(minutes=40)):
            print("local", name, local.isoformat(), *instants(zone, local), sep="\t")
