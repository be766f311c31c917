"""A filing whose text and metadata are markup and scripts, as somebody would write it who means harm."""

from io import BytesIO

from reportlab.pdfgen.canvas import Canvas

WORDS = "Wrexley Harbour"
EVIL = "<script>alert('text')</script><img src=x onerror=alert(3)>"


def hostile_pdf() -> bytes:
    """Return the file: one page that says what it is, one that attacks."""
    kept = BytesIO()
    canvas = Canvas(kept)
    canvas.setTitle(EVIL)
    canvas.setAuthor('"><svg onload=alert(4)>')
    for lines in (
        (
            "UNITED STATES SECURITIES AND EXCHANGE COMMISSION",
            "FORM 10-K",
            "For the fiscal year ended December 31, 2031",
            f"{WORDS} {EVIL}, Inc.",
            "(Exact name of registrant as specified in its charter)",
        ),
        (
            f"The harbour dues of {WORDS} were 12 million in fiscal 2031.",
            f"{EVIL} The dues rose because the harbour was dredged.",
            "javascript:alert(5) {{7*7}} ${7*7} &lt;b&gt; '; DROP TABLE documents; --",
        ),
    ):
        for place, line in enumerate(lines):
            canvas.drawString(60, 760 - 24 * place, line)
        canvas.showPage()
    canvas.save()
    return kept.getvalue()
