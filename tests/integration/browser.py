# SPDX-License-Identifier: MIT
"""The example form (tools/form/) in a real browser: its backend, and Chromium."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

import support

SERVE = support.ROOT / "tools" / "form" / "serve.py"
# It opens our own page only; its sandbox needs what a container may not have.
SWITCHES = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--no-proxy-server",
            "--window-size=1200,1400", "--lang=en")


@contextlib.contextmanager
def serving(endpoint):
    """The backend, in front of that daemon; the page's address."""
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            ["/usr/bin/python3", SERVE, "--endpoint", endpoint, "--port", "0"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, text=True)
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait(support.PATIENCE)
            process.stdout.close()
            said.seek(0)
            errors = said.read()
    assert "Traceback" not in errors, errors


@contextlib.contextmanager
def chromium():
    """A browser that knows nothing of any other."""
    folder = tempfile.mkdtemp(prefix="triaged-it-")
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for switch in (*SWITCHES, f"--user-data-dir={folder}/profile"):
        options.add_argument(switch)
    os.environ["no_proxy"] = "127.0.0.1,localhost"
    driver = webdriver.Chrome(options=options, service=Service(
        "/usr/bin/chromedriver", env={**os.environ, "HOME": folder, "TMPDIR": folder}))
    driver.set_page_load_timeout(support.PATIENCE)
    try:
        yield driver
    finally:
        driver.quit()
        shutil.rmtree(folder, ignore_errors=True)


class Page:
    """The form as a visitor sees and uses it."""

    def __init__(self, driver, address):
        self.driver = driver
        driver.get(address)
        self.wait(lambda: len(self.reasons()) > 1, "the reasons")

    def wait(self, condition, what):
        def look():
            try:
                return condition()
            except StaleElementReferenceException:  # just replaced: look again
                return None
        return support.wait_until(look, what)

    def script(self, text):
        return self.driver.execute_script(text)

    def at(self, name):
        return self.driver.find_element(By.ID, name)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def texts(self, selector):
        return [element.text for element in self.all(selector)]

    def reasons(self):
        return dict(self.script("return [...document.querySelectorAll('#reason option')]"
                                ".map((one) => [one.value, one.text])"))

    def choose(self, reason):
        Select(self.at("reason")).select_by_value(reason)

    def boxes(self):
        return self.script("return [...document.querySelectorAll('#boxes [name]')]"
                           ".map((one) => one.name)")

    def missing(self):
        return self.script("return [...document.querySelectorAll('[data-missing]')]"
                           ".map((one) => one.dataset.missing)")

    def audience(self, name):
        before = list(self.reasons())
        self.driver.find_element(By.CSS_SELECTOR, f"input[value={name}]").click()
        self.wait(lambda: list(self.reasons()) not in ([""], before), f"the reasons of {name}")

    def speak(self, locale):
        before = list(self.reasons().values())
        self.at(f"in-{locale}").click()
        self.wait(lambda: list(self.reasons().values()) != before, f"the reasons in {locale}")

    def write(self, name, text):
        element = self.at(name)
        element.clear()
        element.send_keys(text)

    def send(self):
        """Presses "send"; the reference that is shown."""
        self.at("send").click()
        self.wait(lambda: self.at("result").is_displayed() or self.at("problem").text, "an answer")
        assert self.at("result").is_displayed(), self.at("problem").text
        return self.at("reference").text

    def screenshot(self, name):
        """Into $TRIAGED_SCREENSHOTS, for who wants to look."""
        folder = os.environ.get("TRIAGED_SCREENSHOTS")
        if folder:
            self.driver.save_screenshot(str(pathlib.Path(folder) / f"{name}.png"))

    def complaints(self):
        """What the browser had to say since last asked: faults of scripts, of the policy."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] in ("SEVERE", "WARNING")]
