"""Writes random EventBridge cron expressions and when they come, by walking the calendar; with a fixed seed.

A line is tabs: EXPRESSION ZONE START OCCURRENCE... (seconds since 1970). A skipped local time is left out, a doubled one
comes once, at the first of the two.
"""
import calendar
import random
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

random.seed(54)
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
WEEKDAYS = "SUN MON TUE WED THU FRI SAT".split()
COUNT = 6


def plain(low, high, names=()):
    """A random field and the set that it stands for."""
    value = lambda n: random.choice([str(n), names[n - 1]]) if names and n <= len(names) else str(n)
    shape = random.choice(["one", "one", "list", "range", "step", "any"])
    a, b = sorted(random.sample(range(low, high + 1), 2))
    if shape == "any":
        return "*", set(range(low, high + 1))
    if shape == "one":
        return value(a), {a}
    if shape == "list":
        return f"{value(a)},{value(b)}", {a, b}
    if shape == "range" and random.random() < 0.3 and high < 1970:
        return f"{value(b)}-{value(a)}", set(range(b, high + 1)) | set(range(low, a + 1))
    if shape == "range" or names == WEEKDAYS:
        return f"{value(a)}-{value(b)}", set(range(a, b + 1))
    step = random.randint(1, high - low)
    return f"{value(a)}/{step}", set(range(a, high + 1, step))


def weekday(day):
    """1 is Sunday."""
    return day.isoweekday() % 7 + 1


def month_days(day):
    return calendar.monthrange(day.year, day.month)[1]


def nearest_weekday(target, day):
    if target > month_days(day):
        return None
    wanted = day.replace(day=target)
    near = [d for d in (wanted + timedelta(days=n) for n in (0, -1, 1, -2, 2))
            if d.month == wanted.month and weekday(d) not in (1, 7)]
    return near[0]


def days():
    """The two fields of days, and a test of a date."""
    shape = random.choice(["month", "month", "last", "nearest", "week", "week", "lastweekday", "nth"])
    number, name = random.randint(1, 31), random.randint(1, 7)
    if shape == "month":
        field, values = plain(1, 31)
        return field, "?", lambda day: day.day in values
    if shape == "last":
        return "L", "?", lambda day: day.day == month_days(day)
    if shape == "nearest":
        return f"{number}W", "?", lambda day: day == nearest_weekday(number, day)
    if shape == "week":
        field, values = plain(1, 7, WEEKDAYS)
        return "?", field, lambda day: weekday(day) in values
    if shape == "lastweekday":
        return "?", f"{WEEKDAYS[name - 1]}L", lambda day: weekday(day) == name and day.day + 7 > month_days(day)
    nth = random.randint(1, 5)
    return "?", f"{name}#{nth}", lambda day: weekday(day) == name and (day.day + 6) // 7 == nth


def occurrences(start, zone, minutes, hours, months, years, matches):
    found = []
    day = start.astimezone(zone).date()
    for _ in range(366 * 9):
        if day.year in years and day.month in months and matches(day):
            for hour in sorted(hours):
                for minute in sorted(minutes):
                    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
                    instant = local.astimezone(timezone.utc)
                    is_real = instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)
                    if is_real and instant > start:
                        found.append(round(instant.timestamp()))
                        if len(found) == COUNT:
                            return found
        day += timedelta(days=1)
    return None


total = 0
while total < 300:
    (minute, minutes), (hour, hours), (month, months) = plain(0, 59), plain(0, 23), plain(1, 12, MONTHS)
    year, years = random.choice([("*", range(1970, 2200)), ("2026/2", range(2026, 2200, 2)), ("2027-2030", range(2027, 2031))])
    day_of_month, day_of_week, matches = days()
    name = random.choice(["America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "UTC"])
    start = datetime(2026, random.randint(1, 12), random.randint(1, 28), random.randint(0, 23), tzinfo=timezone.utc)
    if random.random() < 0.4:
        # Around the changes of the clocks.
        start = datetime(2026, *random.choice([(3, 8, 0), (3, 29, 0), (10, 25, 0), (11, 1, 0), (4, 4, 12)]), tzinfo=timezone.utc)
        hour, hours = random.choice([("1-3", {1, 2, 3}), ("*", set(range(24)))])
    found = occurrences(start, ZoneInfo(name), minutes, hours, months, years, matches)
    if found is None:
        continue
    total += 1
    fields = " ".join([minute, hour, day_of_month, month, day_of_week, year])
    print(f"cron({fields})", name, round(start.timestamp()), *found, sep="\t")
