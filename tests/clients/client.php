#!/usr/bin/php
<?php
// SPDX-License-Identifier: MIT
// Submits one sample ticket: client.php ENDPOINT req|dealer [KEY]
// Exit status 0 when the ticket is kept (accepted or duplicate), else 1.
// Needs php-zmq and php-msgpack.

if ($argc < 3 || $argc > 4 || !in_array($argv[2], ['req', 'dealer'], true)) {
    fwrite(STDERR, "usage: client.php ENDPOINT req|dealer [KEY]\n");
    exit(2);
}
// Made once for this ticket and kept with it: every repeat must send the same.
$key = $argv[3] ?? bin2hex(random_bytes(16));

$request = msgpack_pack([
    'v' => 1, 'op' => 'submit', 'id' => 1, 'key' => $key,
    'ticket' => [
        'audience' => 'mentor',
        'form_locale' => 'en',
        'requester' => ['name' => 'Ada Ruiz', 'email' => 'ada.ruiz@example.org'],
        'subject' => 'Session cancelled twice',
        'body' => 'Hello, my student has cancelled our session twice this week. What can I do?',
        'fields' => ['student_name' => 'Noor Haddad'],
        'attachments' => [['name' => 'calendar.png', 'type' => 'image/png', 'size' => 48211]],
    ],
]);

// One request on a socket of its own; the answer, or null in time.
function ask(string $endpoint, string $form, string $request, int $timeout): ?array
{
    $socket = new ZMQSocket(new ZMQContext(), $form === 'req' ? ZMQ::SOCKET_REQ : ZMQ::SOCKET_DEALER);
    $socket->setSockOpt(ZMQ::SOCKOPT_LINGER, 0);
    $socket->connect($endpoint);
    // REQ puts an empty frame in front; a DEALER may send one or none.
    $socket->send($request);
    $poll = new ZMQPoll();
    $poll->add($socket, ZMQ::POLL_IN);
    $readable = $writable = [];
    if ($poll->poll($readable, $writable, $timeout) === 0) {
        return null;
    }
    $frames = $socket->recvMulti();
    $answer = msgpack_unpack(end($frames));
    return ($answer['id'] ?? null) === 1 ? $answer : null;
}

$deadline = hrtime(true) + 10_000_000_000;
$status = 'timeout';
while (($left = intdiv($deadline - hrtime(true), 1_000_000)) > 0) {
    $answer = ask($argv[1], $argv[2], $request, $left);
    if ($answer === null) {
        break;
    }
    $status = $answer['status'];
    if ($status !== 'retry') {
        break;
    }
    $left = max(0, intdiv($deadline - hrtime(true), 1_000_000));
    usleep(1000 * min($answer['retry_after_ms'], $left));
}

echo $status, ' ', $answer['reference'] ?? '', "\n";
foreach ($answer['errors'] ?? [] as $error) {
    fwrite(STDERR, "{$error['path']}: {$error['code']}: {$error['message']}\n");
}
exit($status === 'accepted' || $status === 'duplicate' ? 0 : 1);
