/** The way to whoever started the stack: asks for processes to be killed and started. */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** Says one line and waits until it is done. */
export async function tell(line) {
  const [host, port] = (process.env.CONTROL ?? '127.0.0.1:0').split(':');
  const socket = connect({ host, port: Number(port) });
  try {
    socket.write(`${line}\n`);
    for await (const answer of createInterface({ input: socket })) {
      if (answer === 'done') return;
      throw new Error(answer);
    }
    throw new Error('nobody answers');
  } finally {
    socket.destroy();
  }
}
