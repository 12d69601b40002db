# SPDX-License-Identifier: MIT
"""The example form, tools/form/: a visitor in a real browser, its backend, the daemon,
PostgreSQL. And what the backend refuses."""
import base64
import http.client
import json
import shutil
import urllib.parse

import pytest

pytest.importorskip("selenium")  # "make test" brings it, and Chromium
from selenium.webdriver.support.select import Select

import browser
import support

DAEMON_RULES = support.SHIPPED
ABSENT = "Hello, my student did not come to our session today."


@pytest.fixture(scope="module")
def address(daemon):
    with browser.serving(daemon.endpoint) as made:
        yield made


@pytest.fixture(scope="module")
def driver():
    with browser.chromium() as made:
        yield made


@pytest.fixture
def page(driver, address):
    opened = browser.Page(driver, address)
    yield opened
    assert opened.complaints() == []


def form_of(client, audience, locale):
    answer = client.ask({"v": 1, "op": "form", "audience": audience, "locale": locale})
    return {reason["reason"]: reason for reason in answer["reasons"]}


def names(reason):
    return [box["name"] for box in reason["boxes"]]


def test_reasons_and_boxes(page, client):
    """What the page shows is what the rules say, in both languages, for both audiences."""
    for audience in "mentor", "coach":
        if audience == "coach":
            page.audience(audience)
        english, french = (form_of(client, audience, locale) for locale in ("en", "fr"))
        assert list(page.reasons())[1:] == list(english)
        with_boxes = [reason for reason in english if names(english[reason])][:2]
        for reason in with_boxes:
            page.choose(reason)
            assert page.boxes() == names(english[reason])
            assert page.at("help-subject").text == english[reason]["subject"]
            assert page.at("help").is_displayed()
        page.speak("fr")
        assert page.driver.find_element("tag name", "html").get_attribute("lang") == "fr"
        assert page.at("reason").get_attribute("value") == reason  # still chosen
        assert page.boxes() == names(french[reason])
        assert page.at("help-subject").text == french[reason]["subject"]
        assert page.reasons()[reason] == french[reason]["label"]["fr"]
        page.speak("en")


def test_choices_are_called_as_people_call_them(page, client):
    """What is seen is the language's, what is sent is the code."""
    for locale in "en", "fr":
        if locale == "fr":
            page.speak(locale)
        box, = (box for box in form_of(client, "mentor", locale)["mentor.payment_missing"]["boxes"]
                if box["type"] == "enum")
        page.choose("mentor.payment_missing")
        shown = Select(page.at(f"box-{box['name']}")).options[1:]
        assert [option.get_attribute("value") for option in shown] == box["codes"]
        assert [option.text for option in shown] == list(box["code_labels"].values())


def test_what_only_some_need_is_optional(page):
    page.speak("fr")
    page.choose("mentor.student_administrative")
    label, = (one for one in page.all("#boxes label") if one.get_attribute("for") == "box-student_name")
    assert label.text.endswith("(facultatif)")
    page.write("body", "Le dossier de financement de mon étudiante est bloqué, je souhaite malgré "
                       "tout associer l'équipe Mentorat.")
    page.wait(lambda: "student_name" in page.missing(), "what is missing")


def test_steps_and_lists(page):
    """A step to a line, with its number; what is wrapped goes on, a sentence's end is none."""
    shown = page.script(r"""
        const target = document.createElement('div');
        showText(target, 'First wait until the\n7. Then:\n1. Do\n   this <b>.\n2. That.\nSo.' +
            '\n\n3. Those.\n\n- a\n- b\n  c\n\n12 July');
        return target.innerHTML;""")
    assert shown == (
        '<p>First wait until the<br>7. Then: </p>'
        '<ol><li value="1">Do this &lt;b&gt;.</li><li value="2">That.</li></ol><p>So. </p>'
        '<ol><li value="3">Those.</li></ol><ul><li>a</li><li>b c</li></ul><p>12 July </p>')
    page.audience("coach")
    page.choose("coach.additional_services")
    assert len(page.texts("#help-text ol li")) == 3


def test_self_service_is_said(page, client):
    page.speak("fr")
    reasons = form_of(client, "mentor", "fr").values()
    for said in False, True:
        for reason in [reason for reason in reasons if reason["self_service"] is said][:2]:
            page.choose(reason["reason"])
            assert page.at("self-service").is_displayed() == said


def test_every_control_has_a_label(page):
    """With every reason; and the descriptions that they point to are there."""
    wrong = page.script("""
        const wrong = [], select = document.getElementById('reason');
        for (const option of select.options) {
            select.value = option.value;
            select.dispatchEvent(new Event('change'));
            for (const one of document.querySelectorAll('input, select, textarea')) {
                const hint = one.getAttribute('aria-describedby');
                if (![...one.labels].some((label) => label.innerText.trim()) ||
                    (hint !== null && !document.getElementById(hint).innerText.trim()))
                    wrong.push(`${option.value} ${one.id}`);
            }
        }
        return wrong;""")
    assert wrong == []


def test_preview_while_writing(page):
    assert "As you write" in page.at("preview-status").text
    page.choose("mentor.student_absent")
    page.write("body", ABSENT)
    page.wait(lambda: "student_name" in page.missing(), "what is missing")
    assert page.texts("aside .reply")
    page.screenshot("preview")
    # Boxes keep what was typed, whatever is chosen meanwhile.
    page.write("box-student_name", "Noor Haddad")
    page.wait(lambda: page.texts("aside .reply") and "student_name" not in page.missing(),
              "the name to be missing no more")
    page.choose("")
    assert page.boxes() == []
    page.choose("mentor.student_absent")
    assert page.at("box-student_name").get_attribute("value") == "Noor Haddad"
    page.write("body", f"{ABSENT} {support.DETAILS}")
    page.wait(lambda: not page.missing() and page.texts("aside .reply"), "nothing to be missing")
    page.speak("fr")
    page.wait(lambda: page.texts("aside .reply"), "the preview anew")
    page.screenshot("preview-fr")


def test_suggested_reason(page):
    """The text speaks for another reason than the one chosen: a button takes it."""
    page.choose("mentor.other")
    page.write("body", "I have not received my invoicing recap of last month, when does it come?")
    wanted = page.reasons()["mentor.invoicing_recap_missing"]
    page.wait(lambda: wanted in page.texts(".suggestions button"), "the suggestion")
    page.all(".suggestions button")[page.texts(".suggestions button").index(wanted)].click()
    assert page.at("reason").get_attribute("value") == "mentor.invoicing_recap_missing"
    page.wait(lambda: wanted not in page.texts(".suggestions button"), "it to be taken")


def test_sent_and_kept(page, database, tmp_path):
    """Hostile text, a box of each kind and a file: all in the database as typed."""
    file = tmp_path / "<b>certificate.pdf"
    file.write_bytes(b"%PDF \x00\xff")
    hostile = "<img src=x onerror='document.title=1'> {{team}} </textarea><script>x</script>"
    page.speak("fr")
    page.choose("mentor.novice_status")
    for name, text in (("name", "<b>Ada</b>"), ("email", "ada@example.org"),
                       ("subject", hostile), ("body", f"Bonjour, {hostile}")):
        page.write(name, text)
    boxes = page.boxes()
    uploads = [box for box in page.all("#boxes [type=file]")]
    assert uploads, boxes
    uploads[0].send_keys(str(file))
    page.wait(lambda: page.texts("aside .reply"), "a preview")
    reference = page.send()
    page.screenshot("sent")
    assert "[object" not in page.at("result").text and "onerror" not in page.at("result").text
    assert page.driver.title != "1" and page.all("#result img") == []
    assert page.driver.switch_to.active_element.get_attribute("id") == "result-title"
    [(ticket, *row)] = database.rows(
        "SELECT ticket_id, audience, reason, form_locale, requester_name, requester_email, subject,"
        " body, source, length(key) FROM triaged.ticket JOIN triaged.ticket_key USING (ticket_id)"
        " WHERE ticket.reference = %s", reference)
    assert row == ["mentor", "mentor.novice_status", "fr", "<b>Ada</b>", "ada@example.org", hostile,
                   f"Bonjour, {hostile}", "form", 36]
    [attachment] = database.value("SELECT attachments FROM triaged.ticket WHERE ticket_id = %s", ticket)
    assert (attachment["name"], attachment["size"]) == (file.name, 7)
    assert attachment["field"] == uploads[0].get_attribute("name")
    assert bytes(database.value("SELECT content FROM triaged.attachment WHERE ticket_id = %s",
                                ticket)) == b"%PDF \x00\xff"
    page.at("again").click()
    assert page.at("form").is_displayed() and page.at("body").get_attribute("value") == ""


HOSTILE = "<img src=x onerror=\'document.title=1\'> </script><b>bold</b>"


@pytest.fixture(scope="module")
def other_address(tmp_path_factory):
    """Of a form whose rules themselves have markup in every text, without a database."""
    folder = tmp_path_factory.mktemp("rules") / "rules"
    shutil.copytree(support.ROOT / "tests" / "data" / "rules-decide", folder)
    file = folder / "categories.yaml"
    quoted = json.dumps(HOSTILE)
    file.write_text(file.read_text()
                    .replace("label: {en: Novice,", f"label: {{en: {quoted},")
                    .replace("en: {subject: Novice, help: Novice.}",
                             f"en: {{subject: {quoted}, help: {quoted}}}")
                    .replace("label: {en: Goal}", f"label: {{en: {quoted}}}")
                    .replace("ask: {en: the goal}", f"ask: {{en: {quoted}}}"))
    daemon = support.Daemon("host=/nonexistent", rules=folder)
    try:
        with browser.serving(daemon.start().endpoint) as made:
            yield made
    finally:
        daemon.remove()


def draft(page):
    return page.driver.execute_async_script("ticket(true).then(arguments[0])")


def test_rules_are_text_too(driver, other_address):
    page = browser.Page(driver, other_address)
    page.choose("mentor.novice")
    assert page.reasons()["mentor.novice"] == HOSTILE
    assert page.at("help-subject").text == page.at("help-text").text == HOSTILE
    assert HOSTILE in page.at("boxes").text
    page.write("body", "novice")
    page.wait(lambda: page.texts("aside .reply"), "the preview")
    assert HOSTILE in page.at("preview-status").text and HOSTILE in page.texts("aside .reply")[0]
    assert page.all("main img, main b, main script") == []
    assert page.driver.title == "Contact us"
    assert page.complaints() == []


def test_types_on_the_way(driver, other_address):
    page = browser.Page(driver, other_address)
    page.choose("mentor.novice")
    for name, text in (("goal", " learn "), ("skills", "one\n\n two "), ("level", "3")):
        page.write(f"box-{name}", text)
    assert draft(page)["fields"] == {"goal": "learn", "skills": ["one", "two"], "level": 3}
    page.choose("mentor.transfer")
    Select(page.at("box-student_warned")).select_by_visible_text("No")
    page.write("box-student_name", "Noor Haddad")
    page.at("box-transfer_date").send_keys("03022026")
    assert draft(page)["fields"] == {
        "student_warned": False, "student_name": "Noor Haddad", "transfer_date": "2026-03-02"}
    page.choose("mentor.payment")
    Select(page.at("box-invoice_status")).select_by_visible_text("In progress")
    assert draft(page)["fields"] == {"invoice_status": "in_progress"}


def test_without_a_daemon(driver, tmp_path):
    """The page still opens, says so, and keeps what was written."""
    with browser.serving(f"ipc://{tmp_path}/nobody") as address:
        driver.get(address)
        problem = driver.find_element("id", "problem")
        support.wait_until(lambda: "cannot be shown" in problem.text, "the page to say so")
    driver.get_log("browser")


# The backend by itself ------------------------------------------------------


def talk(address, method, path, content=None, **headers):
    """Status, headers and JSON (or text) of one exchange."""
    place = urllib.parse.urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=support.PATIENCE)
    if isinstance(content, (dict, list)):
        content = json.dumps(content)
        headers = {"Content-Type": "application/json", **headers}
    connection.request(method, path, content, {name.replace("_", "-"): value
                                               for name, value in headers.items()})
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, response.headers, json.loads(body) if body.startswith("{") else body


def test_sent_again(address, database):
    """The key names the ticket: after silence the page sends the same once more."""
    content = {"key": "page-1", "ticket": support.ticket(attachments=[
        {"name": "a.txt", "data": base64.b64encode(b"\x00\xff").decode()}])}
    first, again = (talk(address, "POST", "/submit", content)[2] for _ in range(2))
    assert (first["status"], again["status"]) == ("accepted", "duplicate")
    assert first["reference"] == again["reference"]
    assert database.value("SELECT count(*) FROM triaged.ticket_key WHERE key = 'page-1'") == 1
    content["ticket"]["body"] = "other"
    assert talk(address, "POST", "/submit", content)[2]["status"] == "conflict"


def test_refusals(address):
    place = urllib.parse.urlsplit(address)
    good = {"ticket": support.ticket()}
    assert talk(address, "POST", "/preview", good)[0] == 200
    assert talk(address, "POST", "/preview", good, Origin=f"http://{place.netloc}")[0] == 200
    # Another site's page, under its own name or under one that leads here.
    assert talk(address, "POST", "/preview", good, Origin="https://example.org")[0] == 403
    assert talk(address, "POST", "/preview", good, Origin="null")[0] == 403
    assert talk(address, "GET", "/", Host="example.org")[0] == 403
    assert talk(address, "GET", "/", Host="127.0.0.1:1")[0] == 403
    # What a form of another page could send without asking.
    assert talk(address, "POST", "/submit", json.dumps(good), Content_Type="text/plain")[0] == 400
    for content in ("{", "[" * 100000, "[]", '"x"', '{"ticket": 7}'):
        assert talk(address, "POST", "/preview", content, Content_Type="application/json")[0] == 400
    assert talk(address, "POST", "/preview", {"ticket": {"body": "\ud800"}})[0] == 400
    assert talk(address, "POST", "/preview", {"ticket": {"fields": {"n": 1 << 70}}})[0] == 400
    assert talk(address, "POST", "/preview", {"ticket": support.ticket(
        attachments=[{"name": "a", "data": "!"}])})[0] == 400
    assert talk(address, "POST", "/preview", {"ticket": support.ticket(attachments=7)})[2][
        "status"] == "invalid"
    assert talk(address, "POST", "/submit", {"key": [], "ticket": support.ticket()})[2][
        "status"] == "invalid"
    assert talk(address, "POST", "/preview", "x" * 400_001, Content_Type="application/json")[0] == 413
    for path in ("/serve.py", "/../serve.py", "/form.html", "//etc/passwd", "/form/"):
        assert talk(address, "GET", path)[0] == 404, path
    assert talk(address, "GET", "/form?audience=nobody")[2]["status"] == "invalid"
    for path in ("/", "/form.js", "/form.css", "/form?audience=mentor", "/nothing"):
        headers = talk(address, "GET", path)[1]
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
