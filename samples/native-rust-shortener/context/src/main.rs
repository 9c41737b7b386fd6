mod links;

use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use links::Links;

fn main() -> io::Result<()> {
    let path = env::args().nth(1).unwrap_or_else(|| "links.txt".into());
    let links = Arc::new(Links::parse(&fs::read_to_string(path)?));
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8000".into());
    let listener = TcpListener::bind(&address)?;
    println!("listening on {address}");
    for stream in listener.incoming() {
        let links = Arc::clone(&links);
        let stream = stream?;
        thread::spawn(move || {
            if let Err(error) = answer(stream, &links) {
                eprintln!("{error}");
            }
        });
    }
    Ok(())
}

fn answer(stream: TcpStream, links: &Links) -> io::Result<()> {
    let mut reader = BufReader::new(&stream);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    match request.split(' ').nth(1).unwrap_or("/") {
        "/" => respond(&stream, "200 OK", "", &links.names()),
        "/health" => respond(&stream, "200 OK", "", "well\n"),
        path => match links.find(&path[1..]) {
            Some(target) => respond(&stream, "302 Found", &format!("Location: {target}\r\n"), ""),
            None => respond(&stream, "404 Not Found", "", "no such link\n"),
        },
    }
}

fn respond(mut stream: &TcpStream, status: &str, header: &str, body: &str) -> io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{header}Content-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}
