// The administrator's page: what the node says of itself, drawn again every
// few seconds, and decisions that are asked for twice. Texts of strangers
// are only ever set as text.
'use strict'

const $ = id => document.getElementById(id)
const token = new URLSearchParams(location.hash.slice(1)).get('token') ||
  sessionStorage.getItem('token') || ''
sessionStorage.setItem('token', token)
history.replaceState(null, '', location.pathname)

const PAUSE = 3000 // ms between two looks
let state = null
let drawn = '' // what the rows show

async function call(path, body) {
  const answer = await fetch(path, {
    method: body ? 'POST' : 'GET',
    headers: {
      'Authorization': 'Bearer ' + token,
      ...body && {'Content-Type': 'application/json'},
    },
    body: body && JSON.stringify(body),
  })
  const json = await answer.json()
  if (!answer.ok) {
    throw new Error(json.error ? json.error.message : answer.statusText)
  }
  return json
}

function say(text, bad) {
  $('status').textContent = text
  $('status').classList.toggle('bad', Boolean(bad))
}

function make(name, text, ...children) {
  const element = document.createElement(name)
  element.textContent = text
  element.append(...children)
  return element
}

const VERBS = {
  approve: {
    title: 'Approve?', yes: 'Approve', done: 'approved',
    text: r => `The asker gets a key for ${r.asks}.`,
    when: r => r.state === 'waiting',
  },
  deny: {
    title: 'Deny?', yes: 'Deny', done: 'denied', reason: true,
    text: r => `The request for ${r.asks} ends.`,
    when: r => r.state === 'waiting',
  },
  withdraw: {
    title: 'Withdraw?', yes: 'Withdraw', done: 'withdrawn',
    text: r => `No key for ${r.asks} is issued any more. A key that was issued
      stays good until its period ends.`,
    when: r => r.state === 'approved' || r.state === 'issued',
  },
}

function ask(verb, request) {
  const dialog = $('ask')
  const reason = dialog.querySelector('[name=reason]')
  $('ask-title').textContent = VERBS[verb].title
  $('ask-text').textContent = VERBS[verb].text(request)
  $('ask-yes').textContent = VERBS[verb].yes
  $('ask-reason').hidden = !VERBS[verb].reason
  reason.value = ''
  dialog.returnValue = 'no'
  dialog.showModal()
  return new Promise(resolve => {
    dialog.onclose = () => resolve(dialog.returnValue === 'yes' &&
      {id: request.id, ...VERBS[verb].reason && {reason: reason.value}})
  })
}

async function decide(verb, request, button) {
  const body = await ask(verb, request)
  if (!body) {
    button.focus()
    return
  }
  try {
    await call(`admin/${verb}`, body)
    say(`${request.id.slice(0, 12)} ${VERBS[verb].done}.`)
  } catch (error) {
    say(error.message, true)
  }
  await look()
  $('requests').focus()
}

function buttons(request) {
  return Object.keys(VERBS).filter(verb => VERBS[verb].when(request))
    .map(verb => {
      const button = make('button', VERBS[verb].yes)
      button.type = 'button'
      button.disabled = !state.decides
      button.setAttribute('aria-label',
        `${VERBS[verb].yes} ${request.id.slice(0, 12)}, ${request.asks}`)
      button.addEventListener('click', () => decide(verb, request, button))
      return button
    })
}

function row(request) {
  const at = make('time', request.at.slice(0, 16).replace('T', ' '))
  at.dateTime = request.at
  const head = make('th', '', make('code', request.id.slice(0, 12)))
  head.scope = 'row'
  const note = make('td', request.note)
  note.className = 'free'
  const asks = make('td', request.asks)
  asks.className = 'free'
  const approvals = request.state === 'waiting' && state.approvals > 1
    ? `, ${request.approvals} of ${state.approvals} approvals` : ''
  return make('tr', '', head, make('td', '', at), asks, note,
    make('td', request.state + approvals), make('td', '', ...buttons(request)))
}

// Rows that have not changed stay, and the focus with them.
function draw() {
  const all = document.querySelector('[name=show]:checked').value === 'all'
  const rows = state.requests.filter(r => all || r.state === 'waiting')
  const now = JSON.stringify([rows, state.decides])
  document.title = `${state.name || 'Authority'} (${
    state.requests.filter(r => r.state === 'waiting').length} waiting)`
  $('name').textContent = state.name || 'Authority'
  $('fingerprint').textContent = state.fingerprint
  if (now !== drawn) {
    drawn = now
    $('rows').replaceChildren(...rows.map(row))
    $('none').hidden = rows.length > 0
  }
  $('holders').replaceChildren(...state.holders.map(h => {
    const head = make('th', h.attribute)
    head.scope = 'row'
    return make('tr', '', head, make('td', h.count), make('td', h.shown))
  }))
  $('health').replaceChildren(...state.health.flatMap(
    h => [make('dt', h.what), make('dd', h.how)]))
}

async function look() {
  try {
    state = await call('admin/state')
    draw()
    if ($('status').classList.contains('bad')) {
      say('')
    }
  } catch (error) {
    say(`The node does not answer: ${error.message}`, true)
  }
}

async function run() {
  for (const input of document.querySelectorAll('[name=show]')) {
    input.addEventListener('change', () => state && draw())
  }
  for (;;) {
    await look()
    await new Promise(resolve => setTimeout(resolve, PAUSE))
  }
}

run()
