"""XMP sidecars: small files beside photos that tell photo managers a keyword and a rating."""

from pathlib import Path

KEYWORD = "blurred"
RATING = 1
"""One star of five: the lowest that all photo managers show."""

STYLES = ("digikam", "lightroom")

_TEMPLATE = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="keras-blur">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
    xmlns:digiKam="http://www.digikam.org/ns/1.0/"
    xmp:Rating="{rating}">
   <dc:subject>
    <rdf:Bag>
{subjects}
    </rdf:Bag>
   </dc:subject>
   <lr:hierarchicalSubject>
    <rdf:Bag>
{hierarchy}
    </rdf:Bag>
   </lr:hierarchicalSubject>
   <digiKam:TagsList>
    <rdf:Seq>
{tags}
    </rdf:Seq>
   </digiKam:TagsList>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""


def sidecar(kind: str) -> str:
    """Returns a sidecar's content.

    Args:
        kind: What is below the keyword `KEYWORD`, such as "motion blur": a text without "&", "<", "/", "|".
    """
    return _TEMPLATE.format(
        rating=RATING,
        subjects=_items([KEYWORD, kind]),
        hierarchy=_items([KEYWORD, f"{KEYWORD}|{kind}"]),
        tags=_items([KEYWORD, f"{KEYWORD}/{kind}"]),
    )


def sidecar_path(photo: Path, style: str = "digikam") -> Path:
    """Returns where a photo's sidecar lies: IMG.jpg.xmp for digiKam and darktable, IMG.xmp for Lightroom."""
    return photo.with_suffix(".xmp") if style == "lightroom" else photo.with_name(f"{photo.name}.xmp")


def _items(values: list[str]) -> str:
    return "\n".join(f"     <rdf:li>{value}</rdf:li>" for value in values)
