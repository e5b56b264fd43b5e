"""Makes a recipients list and the campaign that uses it; always the same ones."""

import random

GIVEN = ["Ann", "Bob", "Cecilia", "Duncan", "Edie", "Julio", "Kathy", "Mary", "Paul", "Zoë", "José", "Renée"]
FAMILY = ["Simon", "Garfunkel", "O'Brien", "Smith", "Robinson", "García", "Müller", "Lee", "de la Cruz", "Fitzgerald"]
DOMAINS = ["example.com", "example.org", "mail.example.net", "Example.COM", "gmail.example", "post.example.co.uk"]
PIERS = ["San Diego", '"Harbor Island, Pier 5"', "Shelter Island", "Coronado", '"Dock ""B"""']
INVALID = ["", "nobody", "two@@example.com", "a b@example.com", "x@localhost", "<ann@example.org>"]


def rows(count):
    dice = random.Random(20260601)
    addresses = []
    for number in range(count):
        given, family = dice.choice(GIVEN), dice.choice(FAMILY)
        kind = dice.random()
        if kind < 0.03 and addresses:
            address = dice.choice(addresses)
            address = address.upper() if kind < 0.01 else f" {address}" if kind < 0.015 else address
        elif kind < 0.04:
            address = dice.choice(INVALID)
        else:
            name = f"{given}.{family}".encode("ascii", "ignore").decode().replace(" ", "").replace("'", "")
            address = f"{name}{number}@{dice.choice(DOMAINS)}"
            if number % 16 == 0:
                addresses.append(address)
        yield f"{address},{given} {family},{dice.randrange(1, 41)}{dice.choice('ABCDEF')},{dice.choice(PIERS)}\r\n"


def write_campaign(folder, count, html="<p>Dear {{name}}, your seat is {{seat}}.</p>\n"):
    """Writes the campaign `bench` with `count` rows below `folder`; returns the list's path."""
    folder = folder / "library/campaigns/bench"
    folder.mkdir(parents=True)
    recipients = folder / "recipients.csv"
    with open(recipients, "w", encoding="utf-8", newline="") as file:
        file.write("email,name,seat,pier\r\n")
        file.writelines(rows(count))
    (folder / "message.html").write_text(html)
    (folder / "campaign.json").write_text(
        '{"id": "bench", "name": "Bench", "subject": "Aboard, {{name}}", "from": {"email": "crew@example.com"},\n'
        ' "html": "message.html", "recipients": "recipients.csv"}\n'
    )
    return recipients
