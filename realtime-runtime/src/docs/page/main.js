const answer = await fetch(new URL('asyncapi.json', import.meta.url));
document.querySelector('#content').textContent = (await answer.json()).info.title;
