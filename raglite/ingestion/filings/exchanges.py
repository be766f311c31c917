"""How documents name the exchanges on which shares are traded."""

_CITIES = (
    r"New York|London|Tokyo|Toronto|Frankfurt|Hong Kong|Sydney|Australian|Johannesburg|Singapore|Oslo|Stockholm"
    r"|Helsinki|Copenhagen|Amsterdam|Brussels|Paris|Lisbon|Dublin|Madrid|Milan|Vienna|Warsaw|Zurich|Swiss|Mexican"
    r"|Bombay|Korea|Taiwan|Tel Aviv|Shanghai|Shenzhen|Irish|Athens|Istanbul|Canadian|American|Bermuda|Luxembourg"
    r"|Stuttgart|Munich"
)
EXCHANGE = (
    rf"(?:{_CITIES}) (?:Stock|Securities) Exchange|(?:{_CITIES})(?=:)|Euronext|Borsa Italiana|Oslo B\u00f8rs"
    r"|Bursa Malaysia|NYSE|NASDAQ|Nasdaq|AMEX|LSE|AIM|TSX|OTC|CSE|ASX|NZX|SIX|NSE|BSE|JSE|TSE|HKEX|SEHK|SGX|XETRA|Xetra"
    r"|FSE|FWB|BME|BIT|WSE|TASE|B3|BMV|KRX"
)
