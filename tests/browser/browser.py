# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, and what a person does with the page in it."""
import json
import os
import shutil

from selenium import webdriver
from selenium.common.exceptions import SessionNotCreatedException, StaleElementReferenceException
from selenium.webdriver import ActionChains
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE_SECONDS = 30  # for a machine that has other things to do

# A two and a one as a pointer goes, in parts of the pad's edge.
TWO = [(.30, .33), (.35, .24), (.45, .19), (.57, .20), (.66, .28), (.66, .38), (.58, .50),
       (.47, .62), (.34, .76), (.31, .79), (.42, .79), (.55, .78), (.70, .79)]
ONE = [(.5, .2), (.5, .35), (.5, .5), (.5, .65), (.5, .8)]

WATCH_CSP = """
    window.violations = [];
    document.addEventListener("securitypolicyviolation",
        (event) => window.violations.push(event.violatedDirective + " " + event.blockedURI));
"""


def started(options):
    """chromedriver gives Chromium a minute, which on a busy machine may be too little once."""
    for attempt in (1, 2, 3):
        try:
            return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        except SessionNotCreatedException:
            if attempt == 3:
                raise


class Browser:
    def __init__(self):
        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--disable-dev-shm-usage", "--disable-gpu",
                         "--window-size=1280,900"):
            options.add_argument(argument)
        if os.geteuid() == 0:  # Chromium's sandbox is not for root
            options.add_argument("--no-sandbox")
        options.accept_insecure_certs = True  # the tests' own
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        options.binary_location = shutil.which("chromium")
        self.driver = started(options)
        self.driver.set_script_timeout(PATIENCE_SECONDS)
        self.cdp("Page.addScriptToEvaluateOnNewDocument", source=WATCH_CSP)

    def quit(self):
        self.driver.quit()

    def cdp(self, command, **parameters):
        return self.driver.execute_cdp_cmd(command, parameters)

    # ---- What kind of device it is

    def reset(self, url):
        self.url = url
        self.announced = []
        self.driver.get("about:blank")
        self.cdp("Emulation.setScriptExecutionDisabled", value=False)
        self.desktop()
        self.prefer("light")
        self.driver.get_log("browser")
        self.driver.get_log("performance")

    def desktop(self, width=1280, height=800):
        self.cdp("Emulation.setTouchEmulationEnabled", enabled=False)
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=False)

    def phone(self, width=390, height=844):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=2, mobile=True)
        self.cdp("Emulation.setTouchEmulationEnabled", enabled=True)

    def prefer(self, scheme):
        self.cdp("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"}])

    def without_script(self):
        self.cdp("Emulation.setScriptExecutionDisabled", value=True)

    # ---- What is there

    def open(self, path):
        self.driver.get(self.url + path)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        found = self.all(selector)
        assert len(found) == 1, f"{len(found)} of {selector}"
        return found[0]

    def text(self, selector):
        """Of one moment: where another answer comes while it is read, the one that came."""
        while True:
            try:
                return [element.text for element in self.all(selector)]
            except StaleElementReferenceException:
                pass

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait(self, condition, what):
        waiting = WebDriverWait(self.driver, PATIENCE_SECONDS, poll_frequency=0.1,
                                ignored_exceptions=[StaleElementReferenceException])
        return waiting.until(lambda _: condition(), what)

    def wait_for_answer(self, digit):
        """The last one: while a drawing is read again, another may take its place."""
        self.wait(lambda: self.all("[aria-busy]") == [] and
                  self.text(".sentence") == [f"The predicted digit is {digit}"],
                  f"no answer {digit}")

    def wait_for_refusal(self, title):
        self.wait(lambda: self.text(".refusal h2") == [title], f"no refusal {title}")

    def csp_violations(self):
        return self.run("return window.violations ?? []")

    def announce(self, part):
        """Chromium will complain of this, such as of a status of 415."""
        self.announced.append(part)

    def complaints(self):
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] == "SEVERE"]

    def events(self):
        for entry in self.driver.get_log("performance"):
            yield json.loads(entry["message"])["message"]

    def requested_urls(self):
        return [event["params"]["request"]["url"] for event in self.events()
                if event["method"] == "Network.requestWillBeSent"]

    # ---- What a person does

    def choose(self, *paths):
        self.one("#myfile").send_keys("\n".join(map(str, paths)))

    def place(self, selector):
        """The box of an element in the viewport, scrolled to."""
        return self.run("""
            const element = document.querySelector(arguments[0]);
            element.scrollIntoView({block: "nearest", behavior: "instant"});
            return element.getBoundingClientRect().toJSON();""", selector)

    def on_pad(self, points):
        box = self.place("#canvas")
        return [(box["left"] + x * box["width"], box["top"] + y * box["height"]) for x, y in points]

    def draw(self, points, pointer="mouse"):
        places = self.on_pad(points)
        kinds = ["mousePressed"] + ["mouseMoved"] * (len(places) - 1)
        for kind, (x, y) in zip(kinds, places):
            self.cdp("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1,
                     clickCount=1, pointerType=pointer, force=0.5)
        self.cdp("Input.dispatchMouseEvent", type="mouseReleased", x=x, y=y, button="left",
                 clickCount=1, pointerType=pointer)

    def draw_by_finger(self, points):
        places = self.on_pad(points)
        kinds = ["touchStart"] + ["touchMove"] * (len(places) - 1)
        for kind, (x, y) in zip(kinds, places):
            self.cdp("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": y}])
        self.cdp("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def touch(self, kind, fingers):
        """What fingers do on the pad, {number: place}: all that are on it, or those that end."""
        places = zip(fingers, self.on_pad(fingers.values()))
        self.cdp("Input.dispatchTouchEvent", type=kind,
                 touchPoints=[{"x": x, "y": y, "id": number} for number, (x, y) in places])

    def drop(self, path, selector):
        """Drags a file from outside the browser."""
        box = self.place(selector)
        where = {"x": box["left"] + box["width"] / 2, "y": box["top"] + box["height"] / 2,
                 "data": {"items": [], "files": [str(path)], "dragOperationsMask": 1}}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.cdp("Input.dispatchDragEvent", type=kind, **where)

    def paste(self, png_base64):
        """Puts a picture on the clipboard and pastes it as Ctrl+V does."""
        self.cdp("Browser.grantPermissions", origin=self.url,
                 permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        failed = self.driver.execute_async_script("""
            const [base64, done] = arguments;
            const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
            const item = new ClipboardItem({"image/png": new Blob([bytes], {type: "image/png"})});
            navigator.clipboard.write([item]).then(() => done(null), (e) => done(String(e)));""",
                                                     png_base64)
        assert failed is None, failed
        for kind in ("keyDown", "keyUp"):
            self.cdp("Input.dispatchKeyEvent", type=kind, modifiers=2, key="v", code="KeyV",
                     windowsVirtualKeyCode=86, commands=["paste"] if kind == "keyDown" else [])

    def press(self, *keys):
        for key in keys:
            focused = self.driver.switch_to.active_element
            if focused.get_attribute("type") == "file":  # which takes keys for names of files
                ActionChains(self.driver).send_keys(key).perform()
            else:
                focused.send_keys(key)

    def tab_to(self, selector, most=40):
        for _ in range(most):
            self.press(Keys.TAB)
            assert self.focus_is_visible(), self.run("return document.activeElement.outerHTML")
            if self.run("return document.activeElement.matches(arguments[0])", selector):
                return
        raise AssertionError(f"{most} tabs do not lead to {selector}")

    def focus_is_visible(self):
        return self.run("""
            const focused = document.activeElement;
            if (focused === document.body) return true; // on the way round through the browser
            const shown = focused.closest(".source") ?? focused;
            return getComputedStyle(shown).outlineStyle !== "none";""")

