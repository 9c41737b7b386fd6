use std::io::{Read, Write};
use std::net::TcpListener;

fn main() -> std::io::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "greetings.txt".into());
    let greeting = std::fs::read_to_string(&path)?;
    let listener = TcpListener::bind("0.0.0.0:18013")?;
    for stream in listener.incoming() {
        let mut stream = stream?;
        let mut request = [0u8; 1024];
        let _ = stream.read(&mut request)?;
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
            greeting.len(),
            greeting
        )?;
    }
    Ok(())
}
