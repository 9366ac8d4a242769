"""Pages, read as far as the tour needs them."""

from passerelle.tour.html import Form, read

PAGE = """<!DOCTYPE html><html><head><title>Titre</title><style>p { color: red }</style></head><body>
<h1>Se  connecter<br>ici</h1><img src="/logos/1" alt=""/>
<form method="post" action="/fr/sortie"><button>Se déconnecter</button></form>
<form method="post" action="/fr/plateforme">
  <div id="email-problem"><p><span class="visually-hidden">Erreur :</span> Indiquez une adresse.</p><p>Autre.</p></div>
  <input id="email" name="email" type="email" value="a&amp;b@example.com">
  <input name="password" type="password">
  <input name="stay" type="checkbox" value="1"><input name="news" type="checkbox" value="2" checked>
</form></body></html>"""


def test_forms_keep_their_fields_and_only_what_is_ticked() -> None:
    assert read(PAGE).forms == [
        Form("/fr/sortie", {}),
        Form("/fr/plateforme", {"email": "a&b@example.com", "password": "", "news": "2"}),
    ]


def test_problems_are_found_beside_their_fields_without_what_only_screen_readers_hear() -> None:
    assert read(PAGE).problems == {"email": ["Indiquez une adresse.", "Autre."]}


def test_text_and_headings_are_what_a_person_sees() -> None:
    page = read(PAGE)
    assert page.headings == ["Se connecter ici"]
    assert page.text == "Se connecter ici Se déconnecter Indiquez une adresse. Autre."
    assert page.images == ["/logos/1"]


def test_an_end_tag_without_a_start_closes_nothing() -> None:
    assert read("<h1>A</p> B</h1>").headings == ["A B"]
