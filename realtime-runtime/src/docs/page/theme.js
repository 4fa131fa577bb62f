// Before anything is drawn, so that a page that was dark is not bright first.
try {
	const kept = localStorage.getItem('docs-theme');
	if (kept) document.documentElement.dataset.theme = kept;
} catch { /* No storage. */ }
