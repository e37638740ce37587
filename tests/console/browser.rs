//! A browser, led over the DevTools protocol. Nothing here needs scripts to run in the page.

use crate::place::Place;
use data_encoding::BASE64;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tungstenite::{Message, WebSocket};

/// Longest wait for an answer; a busy machine is slow.
const WAIT_MAX: Duration = Duration::from_mins(1);

/// Time between two looks at a page.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What pages are looked at with: the name, the colour scheme, the width.
const LOOKS: [(&str, &str, u32); 3] =
    [("light", "light", 1_280), ("dark", "dark", 1_280), ("phone", "light", 360)];

/// Whether scripts of pages run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scripts {
    /// They do.
    On,
    /// They do not, as where the browser's user turned them off.
    Off,
}

/// A headless Chromium with one page; ended when dropped.
#[derive(Debug)]
pub(crate) struct Browser {
    child: Child,
    socket: WebSocket<TcpStream>,
    session: Option<String>,
    last_id: u64,
    /// Loads that were told since somebody waited for one.
    loads: usize,
    /// What pages complained of, or opened, since somebody asked.
    complaints: Vec<String>,
    _profile: Place,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Browser {
    /// Starts a browser with nothing in it.
    pub(crate) fn start(program: &Path, scripts: Scripts) -> Self {
        let profile = Place::new();
        let mut child = Command::new(program)
            // The authority of an appliance that was made for a test is nobody's; a container has no sandbox.
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors"])
            .args(["--no-first-run", "--hide-scrollbars", "--disable-dev-shm-usage"])
            .args(["--disable-background-networking", "--disable-component-update", "--lang=en"])
            .args(["--remote-debugging-port=0", "about:blank"])
            .arg(format!("--user-data-dir={}", profile.join("profile").display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut remarks = BufReader::new(child.stderr.take().unwrap());
        let mut lines = remarks.by_ref().lines().map_while(Result::ok);
        let told = lines.find_map(|line| line.strip_prefix("DevTools listening on ").map(str::to_owned));
        let address = told.expect("the browser says where it listens");
        // Whoever reads no further holds the browser up.
        std::thread::spawn(move || std::io::copy(&mut remarks, &mut std::io::sink()));
        let place = address.strip_prefix("ws://").unwrap().split('/').next().unwrap();
        let stream = TcpStream::connect(place).unwrap();
        stream.set_read_timeout(Some(WAIT_MAX)).unwrap();
        let (socket, _) = tungstenite::client(&address, stream).unwrap();
        let (session, last_id, loads, complaints) = (None, 0, 0, Vec::new());
        let mut browser = Self { child, socket, session, last_id, loads, complaints, _profile: profile };
        browser.open_page(scripts);
        browser
    }

    fn open_page(&mut self, scripts: Scripts) {
        let target = self.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = self.call("Target.attachToTarget", attach);
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        self.call("Page.enable", json!({}));
        self.call("DOM.enable", json!({}));
        self.call("Log.enable", json!({}));
        self.call("Runtime.enable", json!({}));
        self.call("Emulation.setScriptExecutionDisabled", json!({ "value": scripts == Scripts::Off }));
        self.look(LOOKS[0]);
    }

    /// Opens an address and waits until the page is there.
    pub(crate) fn open(&mut self, address: &str) {
        self.loads = 0;
        self.call("Page.navigate", json!({ "url": address }));
        self.await_load();
    }

    /// Returns the page's address.
    pub(crate) fn address(&mut self) -> String {
        let history = self.call("Page.getNavigationHistory", json!({}));
        let present = usize::try_from(history["currentIndex"].as_u64().unwrap()).unwrap();
        history["entries"][present]["url"].as_str().unwrap().to_owned()
    }

    /// Returns the page's markup.
    pub(crate) fn markup(&mut self) -> String {
        let html = self.find("html");
        let outer = self.call("DOM.getOuterHTML", json!({ "nodeId": html }));
        outer["outerHTML"].as_str().unwrap().to_owned()
    }

    /// Runs an expression in the page, awaits it and returns its value. This works in pages without scripts, too.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let ask = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.call("Runtime.evaluate", ask);
        assert!(answer["exceptionDetails"].is_null(), "{answer}");
        answer["result"]["value"].clone()
    }

    /// Returns what pages complained of since the last time: errors of scripts, what their policy forbade, dialogs.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        std::mem::take(&mut self.complaints)
    }

    /// Types into a field, in place of what is there.
    pub(crate) fn fill(&mut self, selector: &str, text: &str) {
        self.click(selector);
        let select_all = json!({
            "type": "keyDown", "key": "a", "code": "KeyA", "windowsVirtualKeyCode": 65, "modifiers": 2,
            "commands": ["selectAll"],
        });
        self.call("Input.dispatchKeyEvent", select_all);
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// Clicks what leads to another page and waits for that.
    pub(crate) fn follow(&mut self, selector: &str) {
        self.loads = 0;
        self.click(selector);
        self.await_load();
    }

    /// Waits until the page shows a text, which may come at any time.
    pub(crate) fn await_text(&mut self, text: &str) {
        let began = Instant::now();
        while !self.markup().contains(text) {
            assert!(began.elapsed() < WAIT_MAX, "no {text} on the page: {}", self.markup());
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Presses a key where the keyboard is.
    pub(crate) fn press(&mut self, key: &str, code: &str) {
        for kind in ["keyDown", "keyUp"] {
            let stroke = json!({ "type": kind, "key": key, "code": code });
            self.call("Input.dispatchKeyEvent", stroke);
        }
    }

    /// Types where the keyboard is.
    pub(crate) fn type_text(&mut self, text: &str) {
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// Chooses one of a list's entries by the beginning of its text, as a keyboard does.
    pub(crate) fn choose(&mut self, selector: &str, text: &str) {
        let node = self.find(selector);
        self.call("DOM.focus", json!({ "nodeId": node }));
        for letter in text.chars() {
            let key = json!({ "type": "keyDown", "key": letter.to_string(), "text": letter.to_string() });
            self.call("Input.dispatchKeyEvent", key);
        }
    }

    /// Changes an attribute of the page, as somebody with other tools may.
    pub(crate) fn bend(&mut self, selector: &str, attribute: &str, value: &str) {
        let node = self.find(selector);
        let change = json!({ "nodeId": node, "name": attribute, "value": value });
        self.call("DOM.setAttributeValue", change);
    }

    /// Clicks what is on the page.
    pub(crate) fn click(&mut self, selector: &str) {
        let node = self.find(selector);
        self.call("DOM.scrollIntoViewIfNeeded", json!({ "nodeId": node }));
        let quads = self.call("DOM.getContentQuads", json!({ "nodeId": node }));
        let quad = &quads["quads"][0];
        let middle = |one: usize, other: usize| {
            f64::midpoint(quad[one].as_f64().unwrap(), quad[other].as_f64().unwrap())
        };
        for kind in ["mousePressed", "mouseReleased"] {
            let at = json!({ "type": kind, "x": middle(0, 4), "y": middle(1, 5), "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", at);
        }
    }

    /// Writes pictures of the page into `target/screenshots`, and checks that a phone shows its whole width.
    pub(crate) fn photograph(&mut self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        self.in_every_look(|browser, look| {
            let size = browser.call("Page.getLayoutMetrics", json!({}))["cssContentSize"].clone();
            let wide = browser.evaluate("document.documentElement.clientWidth").as_f64().unwrap();
            let width = size["width"].as_f64().unwrap();
            assert!(width <= wide, "{name} is {width} wide on a screen of {wide}");
            let clip =
                json!({ "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 });
            let ask = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
            let picture = browser.call("Page.captureScreenshot", ask);
            let bytes = BASE64.decode(picture["data"].as_str().unwrap().as_bytes()).unwrap();
            std::fs::write(folder.join(format!("{name}-{look}.png")), bytes).unwrap();
        });
    }

    /// Calls the function with each way to look at a page in force.
    pub(crate) fn in_every_look(&mut self, mut then: impl FnMut(&mut Self, &str)) {
        for look in LOOKS {
            self.look(look);
            then(self, look.0);
        }
        self.look(LOOKS[0]);
    }

    fn look(&mut self, (_, scheme, width): (&str, &str, u32)) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features }));
        let screen = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", screen);
    }

    fn find(&mut self, selector: &str) -> Value {
        let document = self.call("DOM.getDocument", json!({ "depth": 0 }));
        let ask = json!({ "nodeId": document["root"]["nodeId"], "selector": selector });
        let found = self.call("DOM.querySelector", ask)["nodeId"].clone();
        assert_ne!(found, 0, "no {selector} on the page");
        found
    }

    fn await_load(&mut self) {
        while self.loads == 0 {
            self.read();
        }
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let mut request = json!({ "id": self.last_id, "method": method, "params": params });
        if let Some(session) = &self.session {
            request["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(request.to_string())).unwrap();
        loop {
            let answer = self.read();
            if answer["id"] == self.last_id {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
        }
    }

    fn read(&mut self) -> Value {
        let message = self.socket.read().expect("the browser answers in time");
        let value: Value = serde_json::from_str(message.to_text().unwrap_or_default()).unwrap_or_default();
        match value["method"].as_str().unwrap_or_default() {
            "Page.loadEventFired" => self.loads += 1,
            "Page.javascriptDialogOpening" | "Runtime.exceptionThrown" => {
                self.complaints.push(value["params"].to_string());
            }
            "Log.entryAdded" if value["params"]["entry"]["level"] == "error" => {
                self.complaints.push(value["params"]["entry"].to_string());
            }
            _ => {}
        }
        value
    }
}
