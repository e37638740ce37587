//! A server on loopback that answers by a script, to show what a real appliance answers on bad days only.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

/// A request that came.
#[derive(Debug)]
pub(crate) struct Came {
    /// Request line and header lines.
    pub(crate) head: Vec<String>,
    /// Body.
    pub(crate) body: String,
}

impl Came {
    /// Returns a header's value.
    pub(crate) fn header(&self, name: &str) -> &str {
        let prefix = format!("{name}: ");
        self.head.iter().find_map(|line| line.strip_prefix(&prefix)).unwrap_or_default()
    }
}

/// A server that gives each request the next answer of its script, and then ends.
#[derive(Debug)]
pub(crate) struct Scripted {
    /// Such as `http://127.0.0.1:1234`.
    pub(crate) url: String,
    thread: JoinHandle<Vec<Came>>,
}

/// Writes an answer of lines.
pub(crate) fn lines(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Writes an answer of lines whose connection breaks behind them.
pub(crate) fn broken_lines(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ncontent-length: 9999\r\n\r\n{body}")
}

impl Scripted {
    /// Starts it.
    pub(crate) fn start(script: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let thread = std::thread::spawn(move || {
            let answer = |answer: String| {
                let (mut stream, _) = listener.accept().unwrap();
                let came = read(&stream);
                stream.write_all(answer.as_bytes()).unwrap();
                came
            };
            script.into_iter().map(answer).collect()
        });
        Self { url, thread }
    }

    /// Returns what came, once the script is at its end.
    pub(crate) fn came(self) -> Vec<Came> {
        self.thread.join().unwrap()
    }
}

fn read(stream: &TcpStream) -> Came {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let came = Came { head, body: String::new() };
    let mut body = vec![0; came.header("content-length").parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    Came { body: String::from_utf8(body).unwrap(), ..came }
}
