// The page of a chat room. It speaks WebSocket; where that does not open, what comes is a stream of events, and what goes is a POST for each
// line. Text of others is only ever put in as text.
'use strict'

const $ = id => document.getElementById(id)
const rooms = new Map() // name → {log, tab, names, unread}
let current = ''        // the room that is shown
let me = '', token = '', stream = null
let worked = false      // a WebSocket has opened
const kept = 1000       // lines of a room
let asked = false       // /who was said, and not answered yet
const early = []        // what came before there was a room to show it in

function comeIn(nick, room) {
  $('why').textContent = ''
  stream?.close()
  const socket = stream = new WebSocket(new URL('socket?' + new URLSearchParams({nick, room}), location.href.replace(/^http/, 'ws')))
  let opened = false
  socket.onopen = () => opened = worked = true
  socket.onmessage = e => heard(JSON.parse(e.data))
  socket.onclose = () => {
    if (socket !== stream || opened && !token) return // we have gone, or were told why not to come in
    if (!worked) return listen(nick, room)
    if (opened) write(current, {note: 'The connection is lost; it is tried again.'})
    setTimeout(() => { if (socket === stream) comeIn(me, room) }, 1000 + 2000 * Math.random())
  }
}

function listen(nick, room) {
  stream = new EventSource('events?' + new URLSearchParams({nick, room}))
  stream.onmessage = e => heard(JSON.parse(e.data))
  stream.onerror = () => {
    if (stream.readyState === EventSource.CLOSED) goOut('The server does not answer as it should.')
    else if (token) write(current, {note: 'The connection is lost; it is tried again.'})
    else goOut('The server cannot be reached.')
  }
}

function goOut(why) {
  stream?.close()
  stream = null
  token = ''
  for (const name of [...rooms.keys()]) forget(name)
  $('why').textContent = why
  $('house').hidden = true
  $('door').hidden = false
  $('nick').focus()
}

// heard shows an event. The names of the kinds are those of event.go.
function heard(e) {
  const room = e.room ? open(e.room) : null
  switch (e.kind) {
    case 'welcome': return welcome(e)
    case 'bye': return goOut(e.text)
    case 'say': return write(e.room, {who: e.from, text: e.text, old: e.old, when: e.when})
    case 'me': return write(e.room, {who: e.from, text: e.text, act: true, old: e.old, when: e.when})
    case 'msg': return write(current, {who: e.from, text: e.text, whisper: ' to you: '})
    case 'msgto': return write(current, {who: e.to, text: e.text, whisper: ' hears from you: '})
    case 'here':
      room.names = new Set(e.names)
      room.more = e.text ?? ''
      if (asked) $('people').open = true // where there is little room the list is closed
      asked = false
      return showPeople()
    case 'join':
      room.names.add(e.from)
      if (e.from === me) show(e.room)
      break
    case 'part':
    case 'quit':
      room.names.delete(e.from)
      if (e.from === me) return forget(e.room)
      break
    case 'nick':
      if (room?.names.delete(e.from)) room.names.add(e.to)
      if (e.from === me) me = e.to
      break
  }
  write(e.room || current, {note: told(e), old: e.old})
  showPeople()
}

function told(e) {
  switch (e.kind) {
    case 'join': return e.from + ' has joined'
    case 'part': return e.from + ' has left'
    case 'quit': return e.from + ' has gone' + (e.text ? ' (' + e.text + ')' : '')
    case 'nick': return e.from + ' is now ' + e.to
  }
  return e.text
}

function welcome(e) { // also when a connection that was lost is there again: the rooms begin anew, with what they remember
  const before = [...rooms.keys()]
  before.forEach(forget)
  me = e.from
  token = e.text
  for (const name of before.filter(name => name !== 'lobby')) post('/join ' + name)
  $('door').hidden = true
  $('house').hidden = false
  $('people').open = innerWidth > 640
  $('text').focus()
}

function open(name) {
  let room = rooms.get(name)
  if (!room) {
    const log = document.createElement('ol')
    log.className = 'log'
    log.setAttribute('role', 'log')
    log.setAttribute('aria-label', name)
    log.tabIndex = 0
    log.hidden = true
    const tab = document.createElement('button')
    tab.type = 'button'
    tab.append(name)
    tab.onclick = () => show(name)
    room = {log, tab, names: new Set(), more: '', unread: 0}
    rooms.set(name, room)
    $('logs').append(log)
    $('rooms').append(tab)
    if (!current) show(name)
    for (const line of early.splice(0)) write(name, line)
  }
  return room
}

function forget(name) {
  const room = rooms.get(name)
  room.log.remove()
  room.tab.remove()
  rooms.delete(name)
  if (name === current) {
    current = ''
    const last = [...rooms.keys()].pop()
    if (last) show(last)
  }
}

function show(name) {
  current = name
  for (const [other, room] of rooms) {
    room.log.hidden = other !== name
    if (other === name) {
      room.tab.setAttribute('aria-current', 'true')
      room.unread = 0
      room.tab.querySelector('.unread')?.remove()
      room.log.scrollTop = room.log.scrollHeight
    } else {
      room.tab.removeAttribute('aria-current')
    }
  }
  document.title = name + ' – Chat room'
  showPeople()
}

function showPeople() {
  const room = rooms.get(current)
  const names = room ? [...room.names].sort((a, b) => a.toLowerCase() < b.toLowerCase() ? -1 : 1) : []
  $('count').textContent = names.length + (room?.more ?? '')
  $('names').replaceChildren(...names.map(name => {
    const li = document.createElement('li')
    li.textContent = name === me ? name + ' (you)' : name
    return li
  }))
}

// write adds a line, and scrolls only for those who look at the end.
function write(name, line) {
  if (!name) return early.push(line)
  const {who, text, note, act, whisper, old, when} = line
  const room = open(name)
  const li = document.createElement('li')
  if (who) {
    const span = document.createElement('span')
    span.className = 'who'
    span.style.setProperty('--hue', hue(who))
    span.textContent = who
    li.append(span, whisper ?? (act ? ' ' : ': '), text, time(when))
  } else {
    li.append(note)
    li.classList.add('note')
  }
  li.classList.toggle('whisper', !!whisper)
  li.classList.toggle('old', !!old)
  const log = room.log
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40
  log.append(li)
  if (log.children.length > kept) log.firstChild.remove()
  if (atEnd) log.scrollTop = log.scrollHeight
  if (name !== current && who && !old) unread(room)
}

// time returns what says when a line was said: now, if its event does not know.
function time(when) {
  const at = when ? new Date(when * 1000) : new Date()
  const e = document.createElement('time')
  e.dateTime = at.toISOString()
  e.textContent = at.toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'})
  e.title = at.toLocaleString()
  return e
}

function unread(room) {
  let badge = room.tab.querySelector('.unread')
  if (!badge) {
    badge = document.createElement('span')
    badge.className = 'unread'
    room.tab.append(badge)
  }
  badge.textContent = ++room.unread
}

function hue(name) {
  let h = 0
  for (const c of name) h = (h * 31 + c.codePointAt(0)) % 360
  return h
}

$('door').onsubmit = e => {
  e.preventDefault()
  comeIn($('nick').value, $('room').value)
}

const post = async text => {
  if (!(stream instanceof WebSocket)) return fetch('say', {method: 'POST', body: new URLSearchParams({token, room: current, text})})
  if (stream.readyState !== WebSocket.OPEN) throw new Error('the connection is lost')
  stream.send(current + '\n' + text) // what is wrong with it comes as a note
  return {ok: true}
}

$('say').onsubmit = async e => {
  e.preventDefault()
  const text = $('text').value
  if (!text.trim()) return
  $('text').value = ''
  asked = /^\/who\b/i.test(text.trim())
  let problem = 'The server cannot be reached.'
  try {
    const answer = await post(text)
    if (answer.ok) return
    problem = {413: 'That is too long.', 429: 'That is too much at a time; wait a moment.'}[answer.status] ?? 'The server does not take that.'
  } catch {}
  write(current, {note: problem})
  $('text').value ||= text // nothing that was typed is lost
}

// /?nick=NAME&room=ROOM comes in at once.
const query = new URLSearchParams(location.search)
$('nick').value = query.get('nick') ?? ''
$('room').value = query.get('room') ?? ''
if (query.get('nick')) comeIn($('nick').value, $('room').value)

// A page that is kept for the way back would stay in the rooms.
addEventListener('pagehide', () => goOut(''))
