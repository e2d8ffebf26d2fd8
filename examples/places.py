"""The places and the people at work in the municipality: what stands in areas.csv, workers.csv and contacts.csv.

Real are the names and codes of the neighbourhoods (CBS, Wijken en buurten 2014); the rest is invented.
"""

from dataclasses import dataclass

from wij.identity import Role


@dataclass(frozen=True)
class Buurt:
    """A neighbourhood, the team that answers for it, and roughly where it lies (Rijksdriehoek, metres)."""

    code: str
    name: str
    team: str
    x: int
    y: int

    @property
    def wijk(self) -> str:
        """The wijk it is part of: the same digits, without the last two."""
        return f"WK{self.code[2:8]}"


WIJKEN = {
    "WK001400": "Wijk 00 Binnenstad",
    "WK001402": "Wijk 02 Oranjewijk",
    "WK001403": "Wijk 03 Korrewegwijk",
    "WK001404": "Wijk 04 Oosterparkwijk",
    "WK001409": "Wijk 09 Noorddijk",
}
BUURTEN = (
    Buurt("BU00140000", "Stadscentrum", "stad", 233900, 582000),
    Buurt("BU00140001", "Binnenstad-Zuid", "stad", 233800, 581600),
    Buurt("BU00140002", "Binnenstad-Oost", "stad", 234300, 582100),
    Buurt("BU00140003", "Binnenstad-West", "stad", 233400, 582000),
    Buurt("BU00140004", "Binnenstad-Noord", "stad", 233800, 582500),
    Buurt("BU00140200", "Oranjebuurt", "selwerd", 232900, 583000),
    Buurt("BU00140201", "Concordiabuurt", "selwerd", 232500, 583300),
    Buurt("BU00140202", "Selwerd", "selwerd", 232600, 584000),
    Buurt("BU00140203", "Paddepoel-Zuid", "paddepoel", 231900, 583700),
    Buurt("BU00140204", "Paddepoel-Noord", "paddepoel", 231700, 584300),
    Buurt("BU00140205", "Noorderhoogebrug", "selwerd", 233300, 585200),
    Buurt("BU00140206", "Universiteitscomplex", "paddepoel", 231300, 585100),
    Buurt("BU00140207", "Koningslaagte", "paddepoel", 232600, 586000),
    Buurt("BU00140300", "West-Indische buurt", "korreweg", 233400, 583500),
    Buurt("BU00140301", "De Hoogte", "korreweg", 233700, 584000),
    Buurt("BU00140302", "Oost-Indische buurt", "korreweg", 234300, 583700),
    Buurt("BU00140303", "Korrewegbuurt", "korreweg", 234500, 583100),
    Buurt("BU00140400", "Gorechtbuurt", "oosterpark", 234900, 582600),
    Buurt("BU00140401", "Oosterparkbuurt", "oosterpark", 235200, 582200),
    Buurt("BU00140402", "Bloemenbuurt", "oosterpark", 235500, 582600),
    Buurt("BU00140403", "Florabuurt", "oosterpark", 235800, 582300),
    Buurt("BU00140404", "Damsterbuurt", "oosterpark", 235400, 581700),
    Buurt("BU00140905", "Beijum-Oost", "beijum", 237100, 585200),
    Buurt("BU00140906", "Beijum-West", "beijum", 236400, 585300),
)
TEAMS = {
    "stad": ("WIJ Stad", "2015-01-01", ""),
    "selwerd": ("WIJ Selwerd", "2015-01-01", "stad"),
    "paddepoel": ("WIJ Paddepoel", "2015-01-01", "stad"),
    "korreweg": ("WIJ Korrewegwijk", "2015-01-01", "stad"),
    "oosterpark": ("WIJ Oosterparkwijk", "2015-01-01", "stad"),
    "beijum": ("WIJ Beijum", "2035-01-01", "stad"),  # not started yet: its requests go to the city team
}
_LETTERS = "FQUY"
"""Letters that no Dutch postcode has: one postcode for each, in every neighbourhood."""

SPECIALISMS = {
    "samira": "ageing,carers",
    "nadia": "youth,parenting",
    "tom": "debts,work",
    "joost": "ageing,debts",
}
COLLEAGUES = (  # beside the cast; nobody can sign in as these
    ("maud", "Maud Kiezelgaarde", Role.WORKER, "paddepoel", "youth,language"),
    ("yusuf", "Yusuf Wolkenpad", Role.WORKER, "korreweg", "ageing,mental_health"),
    ("lieke", "Lieke Schelpenoever", Role.WORKER, "korreweg", "youth,debts"),
    ("bram", "Bram Regenpoort", Role.COORDINATOR, "korreweg", ""),
    ("anouk", "Anouk Hagelstroom", Role.PROCESS_LEAD, "korreweg", ""),
    ("daan", "Daan Tulpenlaar", Role.WORKER, "oosterpark", "debts,housing"),
    ("esra", "Esra Zilverpad", Role.WORKER, "oosterpark", "carers,language"),
    ("femke", "Femke Notenoever", Role.COORDINATOR, "oosterpark", ""),
    ("gijs", "Gijs Klaverstroom", Role.PROCESS_LEAD, "oosterpark", ""),
    ("noor", "Noor Berkenpoort", Role.WORKER, "stad", "mental_health,housing"),
    ("pim", "Pim Appelstroom", Role.WORKER, "stad", "ageing,disability"),
    ("rosa", "Rosa Wolkenlaar", Role.COORDINATOR, "stad", ""),
    ("stijn", "Stijn Kiezelpoort", Role.PROCESS_LEAD, "stad", ""),
)
CASELOAD = 25

CONTACTS = (
    (
        "stip-selwerd",
        "Stip Selwerd",
        "stip",
        "selwerd",
        "daily_life,money,forms,language",
        "ma-vr 9.00-17.00 uur",
        "ja",
    ),
    ("stip-paddepoel", "Stip Paddepoel", "stip", "paddepoel", "daily_life,money,forms", "ma-vr 9.00-17.00 uur", "ja"),
    ("stip-korreweg", "Stip Korrewegwijk", "stip", "korreweg", "daily_life,forms", "ma-do 9.00-16.00 uur", "ja"),
    ("stip-oosterpark", "Stip Oosterpark", "stip", "oosterpark", "daily_life,money", "ma-vr 9.00-17.00 uur", "ja"),
    (
        "zorgloket",
        "Zorgloket van de gemeente",
        "zorgloket",
        "",
        "care,transport,housing,aids",
        "ma-vr 8.30-17.00 uur",
        "ja",
    ),
    ("cjg", "Centrum voor Jeugd en Gezin", "cjg", "", "parenting,youth,school", "ma-vr 8.30-17.00 uur", "ja"),
    ("wij-stad", "WIJ Stad", "wij_team", "", "daily_life,care,money,loneliness", "ma-vr 9.00-17.00 uur", "ja"),
    ("mantelzorg", "Steunpunt Mantelzorg", "partner", "", "carers,respite", "di en do 10.00-15.00 uur", "ja"),
    ("taalhuis", "Taalhuis in de bibliotheek", "partner", "", "language,forms", "wo 13.00-17.00 uur", "ja"),
    ("buurtkamer-oud", "Buurtkamer (gestopt)", "partner", "selwerd", "loneliness", "", "nee"),
)


def postcodes() -> dict[str, Buurt]:
    """Every invented postcode and the neighbourhood it lies in."""
    return {f"9999{first}{chr(ord('A') + n)}": buurt for n, buurt in enumerate(BUURTEN) for first in _LETTERS}
