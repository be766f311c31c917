"""Which words of a question say what is asked about, and not how."""

from raglite.retrieval.lexical import terms
from raglite.retrieval.question.wording import normalized

SHORTEST_WORD = 3
# Words that say how, not what, is asked.
GENERIC = frozenset(
    terms(
        "total amount year end fiscal quarter million billion thousand percent percentage rate ratio number value "
        "average between compare compared change changed increase decrease improve improving decline grow growth "
        "trend profile based data information using during first second third fourth annual report reported company "
        "companies business highest lowest largest smallest best worst most least major key main primary important "
        "materially much many does what which historically consistent roughly approximately reasonably healthy useful "
        "relevant metric compute calculate find show tell give list name describe explain answer question december "
        "january march june have there among across within period periods type kind drop rise perform performed "
        "performance did get substantially similar previous current currently expect spend spent hold held done make "
        "made pay paid take took use used cagr round rounded decimal place unit usd dollar look like think say said "
        "mean size level next last past recent recently latest since until before after over under more than less "
        "about around approximate please pull post need want model fetch read stated state times often long wide high "
        "tall early late soon far big large small according says stand stood come came gave given taken put let call "
        "called named keep kept bring brought turn turned left leave begin began start started finish finished happen "
        "happened occur occurred know known consider considered include included including together altogether "
        "overall respectively kindly help could would should might must shall able wants wanted figure figures one "
        "two three four five six seven eight nine ten dozen half double triple each every other another any some none "
        "both either neither all few several lot bit own same new old full only just even still yet again also "
        "very much not per each via against behind beside plus minus versus less without row earlier later ago "
        "originally actually line item amounts within into onto upon raise raised reply nothing else anything "
        "something swing shrink collapse collapsed grew grown shrank fell fallen rose risen soar plunge jump "
        "dropped drag dragged cut available size big earn earned incur incurred bring brings brought show shows "
        "whole entire total totals sum aim aims shown develop developed better worse higher lower seen see lose "
        "lost memo published publish deal bought buy sold sell succeed hand behave letting goes going went"
    )
)


def telling(text: str) -> tuple[str, ...]:
    """Return the words of a text, as normalized and each once, that say what it is about."""
    words = (word.strip(".'") for word in normalized(text).split())
    return tuple(dict.fromkeys(word for word in words if len(word) >= SHORTEST_WORD and word.isalpha() and says(word)))


def says(name: str) -> bool:
    """Tell whether any word of a name says what is asked about."""
    return not GENERIC.issuperset(terms(name))
