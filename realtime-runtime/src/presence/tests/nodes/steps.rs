//! What may happen to nodes.

use proptest::{collection::vec, prelude::*};

/// What happens to the nodes; they are counted modulo how many there are.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Join(usize, u8),
    Leave(usize, usize),
    Update(usize, usize, u8),
    UpdateUser(usize, u8, u8),
    /// A user's connection goes on one node and comes on another.
    Move(usize, usize, usize),
    /// A node tells what it has to tell.
    Speak(usize),
    /// It has told something, of which the bus has not yet said whether it takes it.
    Begin(usize),
    /// The bus takes that, or does not.
    End(usize, bool),
    /// One thing that is under way arrives.
    Deliver(usize),
    /// All that is under way arrives, and what comes of it.
    Settle,
    Wait(u16),
    /// What is under way to a node is lost, which it is told.
    Lose(usize),
    /// One thing that is under way is lost, which is told of its topic.
    LoseOne(usize),
    /// A node does not look at the group for long.
    Forget(usize),
    /// A node cannot reach the bus.
    Cut(usize),
    Heal(usize),
    Crash(usize),
    Start(usize),
    /// A node's members are told.
    Tell(usize),
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let node = 0..3_usize;
    let (user, which, meta) = (0..4_u8, any::<usize>(), 0..3_u8);
    let step = prop_oneof![
        6 => (node.clone(), user.clone()).prop_map(|(node, user)| Step::Join(node, user)),
        4 => (node.clone(), which).prop_map(|(node, which)| Step::Leave(node, which)),
        2 => (node.clone(), which, meta.clone()).prop_map(|(node, which, meta)| Step::Update(node, which, meta)),
        1 => (node.clone(), user, meta).prop_map(|(node, user, meta)| Step::UpdateUser(node, user, meta)),
        2 => (node.clone(), which, node.clone()).prop_map(|(from, which, to)| Step::Move(from, which, to)),
        6 => node.clone().prop_map(Step::Speak),
        2 => node.clone().prop_map(Step::Begin),
        2 => (node.clone(), any::<bool>()).prop_map(|(node, takes)| Step::End(node, takes)),
        8 => which.prop_map(Step::Deliver),
        2 => Just(Step::Settle),
        3 => (0..8_000_u16).prop_map(Step::Wait),
        1 => node.clone().prop_map(Step::Lose),
        2 => which.prop_map(Step::LoseOne),
        1 => node.clone().prop_map(Step::Forget),
        1 => node.clone().prop_map(Step::Cut),
        2 => node.clone().prop_map(Step::Heal),
        1 => node.clone().prop_map(Step::Crash),
        2 => node.clone().prop_map(Step::Start),
        3 => node.prop_map(Step::Tell),
    ];
    vec(step, 0..120)
}
