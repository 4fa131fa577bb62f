//! A slow reader that the server closes is counted, and is no failure.

use std::{
    io::{Read as _, Result, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use bench_load::{Plan, measure};

/// By their number, who is there. Of five the last is slow.
type Members = Arc<Mutex<Vec<Option<TcpStream>>>>;
const SLOW: usize = 4;

/// Echoes chats, and sends broadcasts to all but the slow one, whom it closes instead where it is told to.
fn serve(mut stream: TcpStream, members: &Members, closes: bool) -> Result<()> {
    let mut buffer = [0; 4096];
    let _ = stream.read(&mut buffer)?;
    stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")?;
    loop {
        let text = text(&mut stream)?;
        let chat = text.replace(r#""chat""#, r#""chat_echo""#);
        if chat != text {
            stream.write_all(&frame(&chat))?;
            continue;
        }
        let said = frame(&text.replace(r#""broadcast""#, r#""room_message""#));
        let mut members = members.lock().unwrap();
        for (number, place) in members.iter_mut().enumerate() {
            match place {
                Some(member) if number != SLOW => member.write_all(&said)?,
                Some(member) if closes => {
                    // 1013
                    member.write_all(&[0x88, 2, 0x03, 0xF5])?;
                    *place = None;
                }
                _ => {}
            }
        }
    }
}

/// The next text of a client, none of which is short or very long.
fn text(stream: &mut TcpStream) -> Result<String> {
    let (mut head, mut len, mut mask) = ([0; 2], [0; 2], [0; 4]);
    stream.read_exact(&mut head)?;
    let mut payload = vec![0; usize::from(head[1] & 0x7F)];
    if payload.len() == 126 {
        stream.read_exact(&mut len)?;
        payload.resize(u16::from_be_bytes(len).into(), 0);
    }
    stream.read_exact(&mut mask)?;
    stream.read_exact(&mut payload)?;
    let bytes = payload.iter().zip(mask.iter().cycle());
    Ok(bytes.map(|(byte, key)| char::from(byte ^ key)).collect())
}

fn frame(text: &str) -> Vec<u8> {
    let len = u16::try_from(text.len()).unwrap().to_be_bytes();
    [&[0x81, 126], &len[..], text.as_bytes()].concat()
}

/// How many slow readers there were, and how many were closed.
fn measured(closes: bool) -> (Option<usize>, Option<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/ws", listener.local_addr().unwrap());
    thread::spawn(move || {
        let members = Members::default();
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            let member = stream.try_clone().unwrap();
            members.lock().unwrap().push(Some(member));
            let members = Arc::clone(&members);
            thread::spawn(move || serve(stream, &members, closes));
        }
    });
    let report = measure(&Plan {
        url,
        server: std::process::id(),
        scenario: "slow 5x1".parse().unwrap(),
        warm_up: Duration::ZERO,
        time: Duration::from_millis(200),
    });
    let report = report.unwrap();
    (report.slow, report.slow_closed)
}

#[test]
fn who_is_closed_is_counted() {
    assert_eq!(measured(true), (Some(1), Some(1)));
}

#[test]
fn who_is_kept_is_not() {
    assert_eq!(measured(false), (Some(1), Some(0)));
}
