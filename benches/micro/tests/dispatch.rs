//! Every frame that a bench reads is read, and by the handler whose tag it has; what is refused is refused.

use bench_micro::{
    handlers::{Five, Handlers, Sixty, Twenty},
    messages::{Broadcast, Chat, Place, RoomMessage, sized},
    ours::Room,
};
use realtime_runtime::{FanOut, HandledBy, bench, wire::to_text};
use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

fn reads_all<C: Handlers>(count: usize) {
    for size in [100, 4096] {
        for place in [Place::First, Place::Last] {
            let frames = C::frames(size, place);
            assert_eq!(frames.len(), count);
            for frame in &frames {
                assert_eq!(frame.len(), size);
                assert!(bench::decode::<C::Incoming>(frame).is_some(), "{frame}");
            }
        }
        assert!(bench::decode::<C::Incoming>(&C::unknown(size)).is_none());
    }
}

#[test]
fn consumers_of_each_size_read_their_frames() {
    reads_all::<Five>(5);
    reads_all::<Twenty>(20);
    reads_all::<Sixty>(60);
}

#[test]
fn a_frame_is_what_the_text_is_behind_a_header() {
    for size in [100, 4096] {
        let message: Chat = sized("chat", size);
        let text = to_text(&message, None).unwrap();
        assert_eq!(text.len(), size);
        let mut out = Vec::new();
        bench::encode(&mut out, &message).unwrap();
        assert!(out.ends_with(text.as_bytes()));
        assert_eq!(out.len(), size + if size < 126 { 2 } else { 4 });
    }
}

#[test]
fn a_shared_event_is_one_frame() {
    let event: Broadcast = sized("broadcast", 100);
    let handled = pin!(HandledBy::<Room>::fan_out(&event));
    let handled = handled.poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Ok(FanOut::Frames(bytes, 1))) = handled else {
        panic!("{handled:?}");
    };
    let text = to_text(&RoomMessage::from(event.clone()), None).unwrap();
    assert!(bytes.ends_with(text.as_bytes()));
}

#[test]
fn a_context_knows_its_connection() {
    let layer = bench::layer();
    let [mut one, mut other] = [(); 2].map(|()| bench::Member::<Room>::new(&layer));
    let ids = [&mut one, &mut other].map(|member| member.context(|cx| cx.connection_id()));
    assert_ne!(ids[0], ids[1]);
}
