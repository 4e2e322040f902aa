// An authorization server that others wrote, on loopback: oidc-provider, with people and a page of our own.
//
// It stands below a path with its host's name, where a server with a sandbox looks for https://id.example/…
// Below /_control the test steers it, as it steers the sandbox. Prints its address when it listens.

import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const HOST = 'id.example';
const PREFIX = `/${HOST}`;

const SEED = {
  mara: { sub: '5f1c0a', preferred_username: 'mara', name: 'Mara Linden' },
  dina: { sub: '77b2e9', preferred_username: 'dina', name: 'Dina Haddad' },
};

let people;
let clients;
let requests;
let faults;
const rows = new Map();

function reset() {
  people = structuredClone(SEED);
  clients = new Map();
  requests = [];
  faults = [];
  rows.clear();
}

// Where oidc-provider keeps what it knows. It looks at the ends of tokens itself.
class Adapter {
  constructor(model) {
    this.model = model;
  }

  async upsert(id, payload) {
    rows.set(`${this.model}:${id}`, payload);
  }

  async find(id) {
    return this.model === 'Client' ? clients.get(id) : rows.get(`${this.model}:${id}`);
  }

  async findByUid(uid) {
    return [...rows.values()].find((row) => row.uid === uid && row.kind === this.model);
  }

  async consume(id) {
    rows.get(`${this.model}:${id}`).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    rows.delete(`${this.model}:${id}`);
  }

  async revokeByGrantId(grantId) {
    for (const [key, row] of rows) if (row.grantId === grantId) rows.delete(key);
  }
}

reset();

const provider = new Provider(`https://${HOST}`, {
  adapter: Adapter,
  clientAuthMethods: ['client_secret_post', 'client_secret_basic'],
  claims: { openid: ['sub'], profile: ['name', 'preferred_username'] },
  scopes: ['openid', 'offline_access', 'stats.read'],
  conformIdTokenClaims: true,
  cookies: { keys: ['a key of the test'] },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true },
    rpInitiatedLogout: { enabled: false },
  },
  routes: {
    authorization: '/authorize',
    introspection: '/introspect',
    revocation: '/revoke',
    token: '/token',
    userinfo: '/userinfo',
  },
  interactions: { url: (_, interaction) => `${PREFIX}/interaction/${interaction.uid}` },
  findAccount: (_, sub) => {
    const claims = Object.values(people).find((one) => one.sub === sub);
    return claims && { accountId: sub, claims: () => claims };
  },
});
const answer = provider.callback();

// The one page: who are you, and what may the app do. It asks for both at once.
async function interact(req, res, form) {
  if (req.method === 'GET') {
    res.setHeader('Content-Type', 'text/html');
    res.end('<form method="post"><input name="person"><input name="decision"></form>');
    return;
  }
  const { params } = await provider.interactionDetails(req, res);
  if (form.get('decision') !== 'allow') {
    const error = { error: form.get('decision'), error_description: form.get('description') ?? 'no' };
    await provider.interactionFinished(req, res, error);
    return;
  }
  const { sub } = people[form.get('person')];
  const declined = form.getAll('declined');
  const scopes = params.scope.split(' ').filter((name) => !declined.includes(name));
  const grant = new provider.Grant({ accountId: sub, clientId: params.client_id });
  grant.addOIDCScope(scopes.join(' '));
  if (declined.length) grant.rejectOIDCScope(declined.join(' '));
  const result = { login: { accountId: sub }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(req, res, result);
}

// What the test says. Everything is taken back by `reset`.
const CONTROLS = [
  ['POST', /^reset$/, reset],
  ['GET', /^requests$/, () => ({ requests })],
  ['PUT', /^clients\/([\w-]+)$/, (client, body) => clients.set(client, { ...body, client_id: client })],
  ['PUT', /^faults$/, (body) => { faults = body; }],
  ['POST', /^people\/(\w+)\/rename$/, (person, body) => { people[person].preferred_username = body.to; }],
  ['POST', /^people\/(\w+)\/remove-app$/, (person) => {
    for (const [key, row] of rows) {
      if (key.startsWith('Grant:') && row.accountId === people[person].sub) rows.delete(key);
    }
  }],
];

function control(req, res, text) {
  const path = req.url.slice('/_control/'.length);
  for (const [method, pattern, act] of CONTROLS) {
    const found = method === req.method && path.match(pattern);
    if (!found) continue;
    const done = act(...found.slice(1), text && text !== 'null' ? JSON.parse(text) : undefined);
    res.setHeader('Content-Type', 'application/json');
    res.end(JSON.stringify(method === 'GET' ? done : {}));
    return;
  }
  res.writeHead(404).end();
}

function lists(params) {
  return Object.fromEntries([...new Set(params.keys())].map((name) => [name, params.getAll(name)]));
}

// A fault answers in the server's place, or cuts or holds the line after the server has done its work.
function strike(row, res) {
  const fault = faults.find((one) => one.path === row.path && (one.times ?? 1) > 0);
  if (!fault) return false;
  fault.times = (fault.times ?? 1) - 1;
  if (fault.kind === 'cut_after') {
    res.end = () => res.destroy();
    return false;
  }
  if (fault.kind === 'delay_after') {
    const end = res.end.bind(res);
    res.end = (...args) => { row.done = true; setTimeout(end, 1000 * fault.seconds, ...args); };
    return false;
  }
  res.writeHead(fault.status, { 'Content-Type': 'application/json' }).end(JSON.stringify(fault.body ?? {}));
  return true;
}

async function serve(req, res, text) {
  req.originalUrl = req.url;
  req.url = req.url.slice(PREFIX.length);
  const url = new URL(req.url, `https://${HOST}`);
  const form = new URLSearchParams(text);
  const row = { host: HOST, method: req.method, path: url.pathname, query: lists(url.searchParams), body: lists(form) };
  requests.push(row);
  res.on('close', () => { row.status = res.statusCode; });
  if (strike(row, res)) return;
  if (url.pathname.startsWith('/interaction/')) {
    await interact(req, res, form);
    return;
  }
  // It has been read from the line already.
  req.body = text;
  await answer(req, res);
}

const listening = createServer(async (req, res) => {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  if (req.url.startsWith('/_control/')) control(req, res, text);
  else if (req.url.startsWith(`${PREFIX}/`)) await serve(req, res, text);
  else res.writeHead(404).end();
});

listening.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${listening.address().port}\n`);
});
