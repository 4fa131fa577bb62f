//! A server that does not do its job fails, however quick it is.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

use bench_load::{Plan, Report, measure};

/// Measures a server of one connection that answers whatever comes with these texts, as often as they are there.
fn measured(answers: &'static [&'static str]) -> Result<Report, String> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/ws", listener.local_addr().unwrap());
    let serving = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = answer(&mut stream, answers);
    });
    let report = measure(&Plan {
        url,
        server: std::process::id(),
        scenario: "echo 1x1".parse().unwrap(),
        warm_up: Duration::ZERO,
        time: Duration::from_millis(50),
    });
    serving.join().unwrap();
    report
}

fn answer(stream: &mut TcpStream, answers: &[&str]) -> std::io::Result<()> {
    let mut buffer = [0; 4096];
    let _ = stream.read(&mut buffer)?;
    stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")?;
    for answer in answers {
        if stream.read(&mut buffer)? == 0 {
            return Ok(());
        }
        let len = u16::try_from(answer.len()).unwrap();
        stream.write_all(&[&[0x81, 126], &len.to_be_bytes()[..], answer.as_bytes()].concat())?;
    }
    Ok(())
}

#[test]
fn other_contents_fail() {
    let failure = measured(&[r#"{"action":"chat_echo","payload":{"message":"","seq":1}}"#]);
    assert!(failure.unwrap_err().contains("instead of "));
}

#[test]
fn a_connection_that_ends_fails() {
    let failure = measured(&[]).unwrap_err();
    assert!(
        failure.contains("ended") || failure.contains("failed"),
        "{failure}"
    );
}
