// SPDX-License-Identifier: MIT
// The page of the example form. Reasons, boxes and help texts are the daemon's (op "form"),
// the panel beside them is its "preview". Whatever comes from people or from the daemon gets
// into the page as text, never as HTML.
'use strict';

const PAUSE_MS = 500;            // after the last key, before the draft is previewed
const INLINE_BYTES = 128 * 1024; // of all files; what is larger goes as its name only
const SHORT_LINE = 50;           // what ends before that was ended on purpose

const TEXTS = {
  en: {
    title: 'Contact us', you: 'You are', mentor: 'a mentor', coach: 'a coach',
    name: 'Your name', email: 'Your e-mail address', about: 'Your message',
    reason: 'What is it about?', choose: 'Choose a reason, or simply write to us',
    subject: 'Subject', body: 'Your message', send: 'Send', sending: 'Sending …',
    preview: 'What happens with it', idle: 'As you write, you see here how we understand you.',
    self_service: 'This is our answer. If something remains open, write to us all the same.',
    optional: 'optional', yes: 'Yes', no: 'No', none: '—', lines: 'One per line.',
    sure: 'It is about: ', probable: 'It is probably about: ', unsure: 'We are not sure yet. Perhaps: ',
    differs: 'You chose another reason. ', instead: 'Or is it about this?',
    missing: 'We still need', complete: 'Nothing is missing.', answer: 'The answer you would get',
    no_answer: 'This needs no answer.', away: 'There is no preview just now. You can send all the same.',
    retry: 'We could not reach our support. Your message is still here: please send it again in a moment.',
    invalid: 'This could not be sent: ', conflict: 'This could not be sent. Please reload the page.',
    sent: 'Thank you, we have your message', reference: 'Its reference: ', again: 'Write another message',
    no_form: 'The reasons cannot be shown just now. You can write to us all the same.',
  },
  fr: {
    title: 'Nous contacter', you: 'Vous êtes', mentor: 'mentor', coach: 'coach',
    name: 'Votre nom', email: 'Votre adresse e-mail', about: 'Votre message',
    reason: 'De quoi s’agit-il ?', choose: 'Choisissez un motif, ou écrivez-nous simplement',
    subject: 'Objet', body: 'Votre message', send: 'Envoyer', sending: 'Envoi en cours…',
    preview: 'Ce que nous en ferons', idle: 'Au fil de votre saisie, vous voyez ici comment nous vous comprenons.',
    self_service: 'Voici notre réponse. S’il vous reste une question, écrivez-nous malgré tout.',
    optional: 'facultatif', yes: 'Oui', no: 'Non', none: '—', lines: 'Un élément par ligne.',
    sure: 'Il s’agit de : ', probable: 'Il s’agit sans doute de : ', unsure: 'Nous hésitons encore. Peut-être : ',
    differs: 'Vous avez choisi un autre motif. ', instead: 'Ou s’agit-il de ceci ?',
    missing: 'Il nous manque encore', complete: 'Il ne manque rien.', answer: 'La réponse que vous recevriez',
    no_answer: 'Ce message n’appelle pas de réponse.',
    away: 'L’aperçu n’est pas disponible pour l’instant. Vous pouvez tout de même envoyer votre message.',
    retry: 'Notre support est injoignable. Votre message est toujours là : renvoyez-le dans un instant.',
    invalid: 'L’envoi n’a pas abouti : ', conflict: 'L’envoi n’a pas abouti. Veuillez recharger la page.',
    sent: 'Merci, nous avons bien reçu votre message', reference: 'Sa référence : ', again: 'Écrire un autre message',
    no_form: 'Les motifs ne peuvent pas être affichés pour l’instant. Vous pouvez tout de même nous écrire.',
  },
};

let locale = (navigator.language || '').startsWith('fr') ? 'fr' : 'en';
let reasons = [];
const typed = new Map(); // box name → what stands in it, whatever boxes are shown
const sent = { draft: '', key: '' };

const at = (id) => document.getElementById(id);
const say = (name) => TEXTS[locale][name];
const audience = () => document.querySelector('input[name=audience]:checked').value;
const chosen = () => reasons.find((reason) => reason.reason === at('reason').value);

// An element with attributes and children; a child that is no element becomes text.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// A text of the rules: paragraphs, lists ("- …"), steps ("1. …") and wrapped lines, and its
// addresses as links (but those of a preview, which have "…" in them, lead nowhere yet).
function showText(target, text) {
  const withLinks = (line) => line.split(/(https?:\/\/[^\s)]+)/).map((part, i) =>
    i % 2 && !part.includes('…')
      ? make('a', { href: part, rel: 'noopener', target: '_blank' }, part) : part);
  target.replaceChildren();
  for (const block of text.trim().split(/\n\s*\n/)) {
    let item = null; // of a list
    let lines = [];
    const flush = () => {
      if (lines.length) target.append(make('p', {}, ...lines.flatMap((line, i) => [
        ...withLinks(line), i + 1 < lines.length && line.length < SHORT_LINE ? make('br') : ' '])));
      lines = [];
    };
    for (const line of block.split('\n')) {
      const [, dash, step, said] = line.match(/^(?:(-)|(\d{1,2})\.) (.*)/) || [];
      // Within a paragraph a number may be a sentence's last word: "… until the / 7. Then …".
      if (dash || step === '1' || (step && !lines.length)) {
        flush();
        const kind = dash ? 'UL' : 'OL';
        if (item?.parentNode.tagName !== kind) target.append(make(kind));
        target.lastChild.append(item = make('li', { value: step ?? null }, ...withLinks(said)));
      } else if (item && /^\s/.test(line)) { // goes on
        item.append(' ', ...withLinks(line.trim()));
      } else {
        item = null;
        lines.push(line);
      }
    }
    flush();
  }
}

async function fetchJson(path, content, signal) {
  const response = await fetch(path, content === undefined ? { signal } : {
    method: 'POST', signal, headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(content),
  });
  return response.json();
}

// What is asked for anew whenever something changes: only the last answer of a kind counts.
// Null: another was asked for meanwhile. Silence is as "retry".
const asking = {};
async function askAnew(kind, path, content) {
  asking[kind]?.abort();
  const { signal } = asking[kind] = new AbortController();
  let answer = { status: 'retry' };
  try {
    answer = await fetchJson(path, content, signal);
  } catch { /* as said */ }
  return signal.aborted ? null : answer;
}

// The form ------------------------------------------------------------------

function showWords() {
  document.documentElement.lang = locale;
  document.title = say('title');
  for (const element of document.querySelectorAll('[data-text]'))
    element.textContent = say(element.dataset.text);
  for (const name of Object.keys(TEXTS))
    at(`in-${name}`).setAttribute('aria-pressed', String(name === locale));
}

async function loadForm() {
  const before = at('reason').value;
  const answer = await askAnew('form', `form?audience=${audience()}&locale=${locale}`);
  if (!answer) return;
  reasons = answer.status === 'ok' ? answer.reasons : [];
  at('problem').textContent = answer.status === 'ok' ? '' : say('no_form');
  at('reason').replaceChildren(make('option', { value: '' }, say('choose')),
    ...reasons.map((reason) => make('option', { value: reason.reason }, reason.label[locale])));
  at('reason').value = reasons.some((reason) => reason.reason === before) ? before : '';
  showReason();
}

// The help center's text and the boxes of the reason chosen.
function showReason() {
  const reason = chosen();
  at('help').hidden = !reason;
  at('help-subject').textContent = reason ? reason.subject : '';
  showText(at('help-text'), reason ? reason.help : '');
  at('self-service').hidden = !reason?.self_service;
  at('boxes').replaceChildren(...(reason ? reason.boxes.map(makeBox) : []));
  previewSoon();
}

const options = (pairs) => [['', say('none')], ...pairs].map(([value, text]) =>
  make('option', { value }, text));

// One control by the box's type. A box is never insisted on: the message may say it too.
function makeBox(box) {
  const id = `box-${box.name}`;
  const help = [box.help, box.type === 'list' ? say('lines') : ''].filter(Boolean).join(' · ');
  const attributes = { id, name: box.name, 'aria-describedby': help ? `${id}-help` : null };
  const kinds = { date: 'date', url: 'url', integer: 'number', file: 'file' };
  let control;
  if (box.type === 'boolean')
    control = make('select', attributes, ...options([['true', say('yes')], ['false', say('no')]]));
  else if (box.type === 'enum')
    control = make('select', attributes,
      ...options(box.codes.map((code) => [code, box.code_labels?.[code] ?? code.replaceAll('_', ' ')])));
  else if (box.type === 'list')
    control = make('textarea', { ...attributes, rows: '3' });
  else
    control = make('input', { ...attributes, type: kinds[box.type] || 'text' });
  control.dataset.type = box.type;
  if (box.type !== 'file' && typed.has(box.name)) control.value = typed.get(box.name);
  return make('p', {},
    make('label', { for: id }, box.label || box.name,
      ...(box.required ? [] : [make('span', { class: 'mark' }, ` (${say('optional')})`)])),
    control,
    ...(help ? [make('span', { class: 'hint', id: `${id}-help` }, help)] : []));
}

// What stands in a box, typed as the wire wants it; null: nothing.
function valueOf(control) {
  const text = control.value.trim();
  if (text === '') return null;
  switch (control.dataset.type) {
    case 'boolean': return text === 'true';
    case 'integer': return Number.isSafeInteger(Number(text)) ? Number(text) : text;
    case 'list': return text.split('\n').map((line) => line.trim()).filter(Boolean);
    default: return text;
  }
}

const controls = () => [...at('boxes').querySelectorAll('[name]')];

async function attachments(withData) {
  const list = [];
  let room = INLINE_BYTES;
  for (const control of controls().filter((one) => one.dataset.type === 'file')) {
    for (const file of control.files) {
      const attachment = { name: file.name, type: file.type, size: file.size, field: control.name };
      // A real backend keeps large files itself and sends their "url".
      if (withData && file.size > 0 && file.size <= room) {
        room -= file.size;
        attachment.data = btoa(Array.from(new Uint8Array(await file.arrayBuffer()),
          (byte) => String.fromCharCode(byte)).join(''));
      }
      list.push(attachment);
    }
  }
  return list;
}

async function ticket(withData) {
  const fields = {};
  for (const control of controls()) {
    const value = control.dataset.type === 'file' ? null : valueOf(control);
    if (value !== null) fields[control.name] = value;
  }
  return {
    audience: audience(), form_locale: locale, reason: at('reason').value,
    requester: { name: at('name').value.trim(), email: at('email').value.trim() },
    subject: at('subject').value.trim(), body: at('body').value, fields,
    attachments: await attachments(withData),
  };
}

// The preview ---------------------------------------------------------------

let timer = 0;

function previewSoon() {
  clearTimeout(timer);
  asking.preview?.abort(); // an older draft's answer is of no use
  if (at('body').value.trim() === '' && at('subject').value.trim() === '') {
    at('preview-status').textContent = say('idle');
    at('preview').replaceChildren();
    return;
  }
  timer = setTimeout(preview, PAUSE_MS);
}

async function preview() {
  const answer = await askAnew('preview', 'preview', { ticket: await ticket(false) });
  if (!answer) return;
  if (answer.status === 'ok') {
    showPreview(answer);
  } else {
    at('preview-status').textContent = say('away');
    at('preview').replaceChildren();
  }
}

function choose(reason) {
  at('reason').value = reason;
  showReason();
  at('reason').focus();
}

function showPreview(answer) {
  const reason = at('reason').value;
  const label = (key, other) => reasons.find((one) => one.reason === key)?.label[locale] || other;
  const sure = answer.confidence >= 0.9 ? 'sure' : answer.confidence >= 0.6 ? 'probable' : 'unsure';
  const parts = [];
  const title = (name) => parts.push(make('h3', {}, say(name)));

  // Short, since it is read aloud; the rest is there to look at.
  at('preview-status').textContent =
    (reason && reason !== answer.category ? say('differs') : '') +
    say(sure) + label(answer.category, answer.label);
  const others = answer.candidates.filter((one) => one.category !== reason &&
    (sure !== 'sure' || one.category === answer.category));
  if (others.length) {
    title('instead');
    parts.push(make('div', { class: 'suggestions' }, ...others.map((one) => make('button',
      { type: 'button', onclick: () => choose(one.category) }, label(one.category, one.label)))));
  }
  if (answer.missing.length) {
    title('missing');
    parts.push(make('ul', { class: 'missing' }, ...answer.boxes.map((box) =>
      make('li', { 'data-missing': box.name }, box.help || box.label))));
  } else if (answer.outcome !== 'no_action') {
    parts.push(make('p', {}, say('complete')));
  }
  title('answer');
  parts.push(makeReply(answer.reply));
  at('preview').replaceChildren(...parts);
}

function makeReply(reply) {
  const text = make('div');
  showText(text, reply ? reply.body : say('no_answer'));
  return make('div', { class: 'reply', lang: reply ? reply.locale : locale },
    ...(reply ? [make('strong', {}, reply.subject)] : []), text);
}

// Sending -------------------------------------------------------------------

async function send() {
  const draft = await ticket(true);
  const content = JSON.stringify(draft);
  // One key for one ticket: pressing "send" again after silence repeats it, a change makes
  // another one.
  if (content !== sent.draft) Object.assign(sent, { draft: content, key: crypto.randomUUID() });
  at('problem').textContent = '';
  at('send').disabled = true;
  at('send').textContent = say('sending');
  let answer = { status: 'retry' };
  try {
    answer = await fetchJson('submit', { key: sent.key, ticket: draft });
  } catch { /* as silence */ }
  at('send').disabled = false;
  at('send').textContent = say('send');
  if (answer.status === 'accepted' || answer.status === 'duplicate') showResult(answer);
  else if (answer.status === 'invalid')
    at('problem').textContent = say('invalid') +
      answer.errors.map((error) => `${error.path}: ${error.message}`).join('; ');
  else at('problem').textContent = say(answer.status === 'retry' ? 'retry' : 'conflict');
}

function showResult(answer) {
  at('result-title').textContent = say('sent');
  at('result-text').replaceChildren(say('reference'), make('strong', { id: 'reference' }, answer.reference));
  at('reply').replaceWith(Object.assign(makeReply(answer.reply), { id: 'reply' }));
  at('result').hidden = false;
  at('form').hidden = document.querySelector('aside').hidden = true;
  at('result-title').focus();
}

function startAgain() {
  for (const id of ['subject', 'body', 'reason']) at(id).value = '';
  typed.clear();
  Object.assign(sent, { draft: '', key: '' });
  at('result').hidden = true;
  at('form').hidden = document.querySelector('aside').hidden = false;
  showReason();
  at('reason').focus();
}

// ---------------------------------------------------------------------------

for (const name of Object.keys(TEXTS))
  at(`in-${name}`).addEventListener('click', () => {
    locale = name;
    at('preview-status').textContent = '';
    at('preview').replaceChildren();
    showWords();
    loadForm();
  });
for (const input of document.querySelectorAll('input[name=audience]'))
  input.addEventListener('change', loadForm);
at('reason').addEventListener('change', showReason);
at('again').addEventListener('click', startAgain);
at('form').addEventListener('input', (event) => {
  if (at('boxes').contains(event.target)) typed.set(event.target.name, event.target.value);
  if (event.target.id !== 'reason') previewSoon();
});
at('form').addEventListener('submit', (event) => {
  event.preventDefault();
  send();
});
showWords();
loadForm();
