// The pill in the header: how many users are here.

/// Shows the count, or nothing while nobody is known to be here: the first paint stays calm.
export function showCount(pill, users) {
  pill.hidden = users <= 0;
  pill.textContent = `${users} online`;
  pill.title = users === 1 ? "One user is here" : `${users} users are here`;
}
