'use strict';
// What every part of the page needs: elements, requests to the server, and the line of the status.
const byId = id => document.getElementById(id);

function element(tag, className = '', text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

async function request(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch {
    throw new Error('The server does not answer. Is it still running?');
  }
  const unreadable = { error: `The server answered with status ${response.status}.` };
  const answer = await response.json().catch(() => unreadable);
  if (!response.ok) throw new Error(answer.error[0].toUpperCase() + answer.error.slice(1));
  return answer;
}

function showStatus(text) {
  byId('error').hidden = true;
  byId('status').textContent = text;
}

function showError(text) {
  byId('status').textContent = '';
  byId('error').textContent = text;
  byId('error').hidden = false;
}
