// Draws what the process says of itself and of its peers. Asks nobody else.
'use strict';

const STEP = 2000;
const WIDTH = 300;
const HEIGHT = 72;
const byId = (id) => document.getElementById(id);

/** An element with attributes and children; text is text, never markup. */
function make(name, attributes = {}, ...children) {
  const isDrawing = ['svg', 'path', 'line', 'rect', 'title'].includes(name);
  const element = isDrawing ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** A number as people read it. */
function show(value, unit) {
  if (value === null || value === undefined) return '–';
  if (unit === 'bytes') {
    const step = value < 1024 ** 2 ? 1 : value < 1024 ** 3 ? 2 : 3;
    return `${(value / 1024 ** step).toFixed(step === 3 ? 2 : 0)} ${['', 'KiB', 'MiB', 'GiB'][step]}`;
  }
  const digits = Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  const number = value.toLocaleString('en', { maximumFractionDigits: digits });
  return unit === '/s' ? `${number}/s` : unit ? `${number} ${unit}` : number;
}

/** The line of one plot. Where nothing was observed there is a gap. */
function draw(plot, points, kept) {
  const top = Math.max(...points.map((point) => point ?? 0), 0) * 1.1 || 1;
  const x = (index) => (WIDTH * (kept - points.length + index)) / (kept - 1);
  const y = (value) => HEIGHT - (HEIGHT * value) / top;
  const runs = [];
  points.forEach((point, index) => {
    if (point === null) return;
    if (index === 0 || points[index - 1] === null) runs.push([]);
    runs.at(-1).push([x(index), y(point)]);
  });
  const svg = make('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': `${plot.title}: ${show(points.at(-1), plot.unit)}` });
  svg.append(make('line', { class: 'base', x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT }));
  for (const run of runs) {
    // A single point is a short dash.
    if (run.length === 1) run.push([Math.min(run[0][0] + 1.5, WIDTH), run[0][1]]);
    const line = run.map(([left, height]) => `${left.toFixed(1)} ${height.toFixed(1)}`).join('L');
    svg.append(make('path', { class: 'area', d: `M${run[0][0].toFixed(1)} ${HEIGHT}L${line}L${run.at(-1)[0].toFixed(1)} ${HEIGHT}Z` }));
    svg.append(make('path', { class: 'line', d: `M${line}` }));
  }
  const value = points.at(-1);
  const caption = make('figcaption', {}, plot.title, make('strong', {}, show(value, plot.unit)));
  const highest = points.some((point) => point !== null) ? `highest ${show(Math.max(...points.map((point) => point ?? 0)), plot.unit)}` : 'nothing yet';
  return make('figure', {}, caption, svg, make('div', { class: 'scale' }, make('span', {}, 'ten minutes ago'), make('span', {}, highest)));
}

function condition(name, holds) {
  return make('li', { class: `condition ${holds ? 'good' : 'bad'}` }, `${holds ? '✓' : '✗'} ${name}`);
}

function span(millis) {
  const seconds = Math.max(0, Math.round(millis / 1000));
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

function showOwn(status) {
  const name = status.instance ?? status.service;
  document.title = `${status.readiness.ready ? '' : '✗ '}${name} · status`;
  byId('name').textContent = name;
  byId('about').textContent = `${status.service} ${status.version}, for ${span(status.at - status.started)}`;
  const conditions = Object.entries({ ready: status.readiness.ready, ...status.readiness.conditions });
  if (status.nats !== null) conditions.push(['connected to NATS', status.nats]);
  if (status.readiness.stopping) conditions.push(['stopping', false]);
  byId('conditions').replaceChildren(...conditions.map(([key, holds]) => condition(key, holds)));
  const kept = (10 * 60 * 1000) / status.step;
  byId('plots').replaceChildren(...status.plots.map((plot, index) => draw(plot, status.points[index], kept)));
  showLags(status.lags);
  byId('quiet').hidden = status.changes.length > 0;
  byId('changes').replaceChildren(...status.changes.map(({ at, what, holds }) => make('li', {},
    make('time', { datetime: new Date(at).toISOString() }, new Date(at).toLocaleTimeString('en-GB')),
    make('span', { class: holds === (what !== 'stopping') ? 'good' : 'bad' }, `${what}: ${holds ? 'yes' : 'no'}`))));
}

function showLags(lags) {
  const bars = Object.entries(lags);
  byId('lags').hidden = bars.length === 0;
  const top = Math.max(...bars.map(([, lag]) => lag), 1);
  const svg = make('svg', { viewBox: `0 0 ${bars.length * 10} 100`, preserveAspectRatio: 'none', role: 'img', 'aria-label': `highest lag ${show(top, 'messages')}` });
  bars.forEach(([partition, lag], index) => {
    const height = Math.max((100 * lag) / top, 1);
    svg.append(make('rect', { x: index * 10 + 1, width: 8, y: 100 - height, height }, make('title', {}, `partition ${partition}: ${lag}`)));
  });
  byId('bars').replaceChildren(svg, make('div', { class: 'scale' }, make('span', {}, `partitions 0 to ${bars.length - 1}`), make('span', {}, `highest ${show(Math.max(...bars.map(([, lag]) => lag), 0), 'messages')}`)));
}

function showPeers(peers) {
  byId('peers').hidden = peers.length === 0;
  byId('peers').querySelector('tbody').replaceChildren(...peers.map(({ address, now, error }) => {
    const state = make('span', { class: `condition ${now?.readiness.ready ? 'good' : 'bad'}` }, now ? (now.readiness.ready ? '✓ ready' : '✗ not ready') : '✗ no answer');
    const numbers = now ? now.plots.map((plot, index) => `${plot.title} ${show(now.now[index], plot.unit)}`).join(' · ') : error;
    return make('tr', {}, make('td', {}, now?.instance ?? now?.service ?? '', make('br'), make('small', {}, address)), make('td', {}, state), make('td', {}, numbers));
  }));
}

async function fetchJson(path) {
  const answer = await fetch(path, { signal: AbortSignal.timeout(5000) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

async function refresh() {
  try {
    const [own, peers] = await Promise.all([fetchJson('/status.json'), fetchJson('/status/peers.json')]);
    showOwn(own);
    showPeers(peers);
    byId('trouble').hidden = true;
  } catch {
    byId('trouble').textContent = `This process does not answer since ${new Date().toLocaleTimeString('en-GB')}; what is shown is old.`;
    byId('trouble').hidden = false;
  }
  setTimeout(refresh, STEP);
}

refresh();
