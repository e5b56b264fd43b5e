"""The campaign of a run, made for it."""

import csv
import json
import time

CAMPAIGN = "soak"


class Campaign:
    """A campaign's files, and what planning must make of them."""

    def __init__(self, folder, scenario, choice):
        local = [f"guest{scenario.seed}-{index}" for index in range(scenario.recipients)]
        people = [f"{name}@{choice.choice(['example.net', 'Harbor.example', 'mail.example.com'])}" for name in local]
        suppressed = [f"gone{index}@example.org" for index in range(choice.randrange(8))]
        excluded = [f"booked{index}@example.org" for index in range(choice.randrange(8))]
        duplicates = [address.upper() for address in choice.sample(people, choice.randrange(8))]
        invalid = [f"nobody{index}.example.org" for index in range(choice.randrange(8))]
        rows = suppressed + excluded + invalid + people
        choice.shuffle(rows)
        rows += duplicates
        self.rows = len(rows)
        self.suppressed = {address: "BOUNCE" for address in suppressed}
        self.forbidden = set(suppressed + excluded)
        self.set_aside = {
            "suppressed": len(suppressed), "excluded": len(excluded), "invalid": len(invalid),
            "duplicate": len(duplicates),
        }  # fmt: skip
        #: Who leaves after the plan and before the first mail.
        self.leaver = choice.choice(people).lower()

        #: Where it has a schedule: local time in UTC, a minute ago.
        self.due = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 60))
        folder.mkdir(parents=True)
        self.folder = folder
        write_csv(folder / "recipients.csv", [("email", "name"), *((address, f"Guest {address}") for address in rows)])
        write_csv(folder / "booked.csv", [("email",), *((address,) for address in excluded)])
        (folder / "message.txt").write_text("Dear {{name}},\ncast off with us.\n{{unsubscribe_url}}\n")
        metadata = {
            "id": CAMPAIGN, "name": "Soak", "subject": "Aboard, {{name}}", "text": "message.txt",
            "from": {"name": "JADA Sailing", "email": "crew@example.com"},
            "recipients": "recipients.csv", "exclude": ["booked.csv"],
        }  # fmt: skip
        if scenario.way == "daemon":
            metadata["schedule"] = {"at": self.due, "timeZone": "UTC", "startWithin": "PT6H"}
        (folder / "campaign.json").write_text(json.dumps(metadata))


def write_csv(file, rows):
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
