// The real Socket.IO client, driven by a test: commands come as lines of JSON, what happens goes out as such lines.
import { io } from 'socket.io-client';

const sockets = new Map();

const tell = (socket, what) => process.stdout.write(JSON.stringify({ socket, ...what }) + '\n');

// Whoever follows tells at each connection how far it has come, as an application would.
const credentials = ({ auth, follow }) => {
  if (!follow) return { auth, note() {} };
  let last = auth.after_seq ?? 0;
  const note = (frame) => { if (frame?.seq > last) last = frame.seq; if (frame?.message?.seq > last) last = frame.message.seq; };
  return { auth: (give) => give({ ...auth, after_seq: last }), note };
};

const commands = {
  open({ socket: name, url, options = {}, auth = {}, follow = false }) {
    const shown = credentials({ auth, follow });
    const socket = io(url, { ...options, auth: shown.auth });
    sockets.set(name, socket);
    socket.on('connect', () => tell(name, { event: 'connect', transport: socket.io.engine.transport.name }));
    socket.on('disconnect', (reason) => tell(name, { event: 'disconnect', reason }));
    socket.on('connect_error', (error) => tell(name, { event: 'connect_error', message: error.message, data: error.data }));
    socket.onAny((event, frame) => { shown.note(frame); tell(name, { event, frame }); });
    socket.io.on('open', () => {
      socket.io.engine.on('upgrade', (transport) => tell(name, { event: 'upgrade', transport: transport.name }));
      socket.io.engine.on('upgradeError', (error) => tell(name, { event: 'upgradeError', message: error.message }));
    });
  },
  emit({ socket: name, event, frame, callback }) {
    const args = frame === undefined ? [] : [frame];
    if (callback !== undefined) args.push((answer) => tell(name, { event: 'callback', callback, answer }));
    sockets.get(name).emit(event, ...args);
  },
  transport({ socket: name }) {
    tell(name, { event: 'transport', transport: sockets.get(name).io.engine.transport.name });
  },
  connect({ socket: name }) {
    sockets.get(name).connect();
  },
  close({ socket: name }) {
    sockets.get(name).disconnect();
    tell(name, { event: 'closed' });
  },
};

// Not by node:readline, for which lines end at U+2028 too.
let begun = '';
process.stdin.setEncoding('utf8').on('data', (text) => {
  const lines = (begun + text).split('\n');
  begun = lines.pop();
  for (const line of lines) {
    const { command, ...rest } = JSON.parse(line);
    commands[command](rest);
  }
});
process.stdin.on('end', () => process.exit(0));
tell(null, { event: 'started' });
