// SPDX-License-Identifier: MIT
// Submits one sample ticket: node client.mjs ENDPOINT req|dealer [KEY]
// Exit status 0 when the ticket is kept (accepted or duplicate), else 1.
// Needs the packages "zeromq" (6) and "@msgpack/msgpack" (3).
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dealer, Request } from 'zeromq';
import { decode, encode } from '@msgpack/msgpack';

const [endpoint, form, given] = process.argv.slice(2);
// Made once for this ticket and kept with it: every repeat must send the same.
const key = given ?? randomBytes(16).toString('hex');

const request = encode({
  v: 1, op: 'submit', id: 1, key,
  ticket: {
    audience: 'mentor',
    form_locale: 'en',
    requester: { name: 'Ada Ruiz', email: 'ada.ruiz@example.org' },
    subject: 'Session cancelled twice',
    body: 'Hello, my student has cancelled our session twice this week. What can I do?',
    fields: { student_name: 'Noor Haddad' },
    attachments: [{ name: 'calendar.png', type: 'image/png', size: 48211 }],
  },
});

// One request on a socket of its own; the answer, or null in time.
async function ask(timeout) {
  const options = { receiveTimeout: timeout, sendTimeout: timeout, linger: 0 };
  const socket = form === 'req' ? new Request(options) : new Dealer(options);
  socket.connect(endpoint);
  try {
    // REQ puts an empty frame in front; a DEALER may send one or none.
    await socket.send(request);
    const answer = decode((await socket.receive()).at(-1));
    return answer.id === 1 ? answer : null;
  } catch (error) {
    if (error.code === 'EAGAIN') return null;
    throw error;
  } finally {
    socket.close();
  }
}

const deadline = performance.now() + 10_000;
let status = 'timeout';
let answer = null;
for (let left; (left = Math.floor(deadline - performance.now())) > 0;) {
  answer = await ask(left);
  if (answer === null) break;
  status = answer.status;
  if (status !== 'retry') break;
  await sleep(Math.min(answer.retry_after_ms, Math.max(0, deadline - performance.now())));
}

console.log(status, answer?.reference ?? '');
for (const { path, code, message } of answer?.errors ?? []) {
  console.error(`${path}: ${code}: ${message}`);
}
process.exitCode = status === 'accepted' || status === 'duplicate' ? 0 : 1;
