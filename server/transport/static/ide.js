"use strict";

// The page to try queries on: an editor, the answer, and the schema to look things up. No library, so that
// there is nothing to load from anywhere.

const FIRST = `# Ctrl+Enter runs this. Subscriptions work, too.
query {
  viewer { name role }
  profiles(first: 5) {
    totalCount
    nodes {
      id displayName
      socialAccounts { nodes { platform handle status nextAction } }
    }
  }
}
`;
const TYPE = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
const ARGUMENT = `name description defaultValue type { ${TYPE} }`;
const SCHEMA = `{ __schema {
  queryType { name } mutationType { name } subscriptionType { name }
  types {
    kind name description
    fields(includeDeprecated: true) { name description args { ${ARGUMENT} } type { ${TYPE} } }
    inputFields { ${ARGUMENT} }
    enumValues(includeDeprecated: true) { name description }
    possibleTypes { name }
  }
} }`;

const at = (id) => document.getElementById(id);
const [key, query, variables, answer, state] = ["key", "query", "variables", "answer", "state"].map(at);
const PLACE = "/graphql";
const SESSION = "/session";
let types = new Map();
let socket = null;
let token = "";

// Who asks: the key is given away for a session, whose cookie no script can read

async function signIn() {
  const given = key.value.trim();
  if (!given) return;
  key.value = "";
  const answer = await fetch(SESSION, { method: "POST", headers: { Authorization: `Bearer ${given}` } });
  const found = await enter(answer);
  say(answer.ok ? "signed in" : found.errors[0].message, !answer.ok);
  loadSchema();
}

async function signOut() {
  stop();
  await fetch(SESSION, { method: "DELETE", headers: { "X-CSRF-Token": token } });
  leave();
  say("signed out");
}

async function enter(answer) {
  const found = await answer.json();
  if (!answer.ok) {
    leave();
    return found;
  }
  token = found.csrfToken;
  key.placeholder = `${found.name}, ${found.role.toLowerCase()}`;
  at("out").hidden = false;
  return found;
}

function leave() {
  token = "";
  key.placeholder = "lr_…";
  at("out").hidden = true;
}

// Asking

function say(text, isBad = false) {
  state.textContent = text;
  state.classList.toggle("bad", isBad);
}

function headers() {
  const sent = { "Content-Type": "application/json", Accept: "application/graphql-response+json, application/json" };
  if (token) sent["X-CSRF-Token"] = token;
  return sent;
}

async function post(body) {
  const began = performance.now();
  const response = await fetch(PLACE, { method: "POST", headers: headers(), body: JSON.stringify(body) });
  const found = await response.json();
  const took = Math.round(performance.now() - began);
  return { found, status: response.status, took, id: response.headers.get("X-Request-Id") };
}

function asked() {
  const text = variables.value.trim();
  return { query: query.value, variables: text ? JSON.parse(text) : {} };
}

const isStream = (text) => /^\s*subscription\b/m.test(text.replace(/#.*$/gm, ""));

async function run() {
  stop();
  let body;
  try {
    body = asked();
  } catch (error) {
    say(`Variables are no JSON: ${error.message}`, true);
    return;
  }
  remember();
  if (isStream(body.query)) {
    follow(body);
    return;
  }
  say("…");
  try {
    const { found, status, took, id } = await post(body);
    answer.textContent = JSON.stringify(found, null, 2);
    say(`${status}, ${took} ms, request ${id}`, status >= 400 || Boolean(found.errors));
  } catch (error) {
    say(`No answer: ${error.message}`, true);
  }
}

// Following, by graphql-transport-ws

function follow(body) {
  const url = new URL(PLACE, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const opened = new WebSocket(url, "graphql-transport-ws");
  const send = (message) => opened.send(JSON.stringify(message));
  let count = 0;
  socket = opened;
  answer.textContent = "";
  at("stop").hidden = false;
  say("connecting");
  opened.onopen = () => send({ type: "connection_init", payload: { csrfToken: token } });
  opened.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === "connection_ack") {
      send({ id: "1", type: "subscribe", payload: body });
      say("following");
    } else if (message.type === "ping") {
      send({ type: "pong" });
    } else if (message.type === "next") {
      answer.textContent = `${JSON.stringify(message.payload, null, 2)}\n\n${answer.textContent}`.slice(0, 200000);
      say(`following, ${++count} so far, the newest first`);
    } else if (message.type === "error") {
      answer.textContent = JSON.stringify({ errors: message.payload }, null, 2);
      opened.close(1000);
    } else if (message.type === "complete") {
      opened.close(1000);
    }
  };
  opened.onclose = ({ code, reason }) => {
    if (socket !== opened) return;
    socket = null;
    at("stop").hidden = true;
    say(code === 1000 ? `ended after ${count}` : `closed with ${code} ${reason}`, code !== 1000);
  };
}

function stop() {
  if (socket) socket.close(1000);
}

// What the page remembers: never a key

function remember() {
  localStorage.setItem("linkroll.query", query.value);
  localStorage.setItem("linkroll.variables", variables.value);
}

function recall() {
  query.value = localStorage.getItem("linkroll.query") || FIRST;
  variables.value = localStorage.getItem("linkroll.variables") || "";
}

// The schema. Everything is put in as text: descriptions may hold whatever a plugin's author wrote.

function make(tag, text, ...children) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

function link(name, text = name) {
  const made = make("a", text);
  made.href = `#${name}`;
  return made;
}

function typeOf(type) {
  if (type.kind === "NON_NULL") return make("span", "", typeOf(type.ofType), "!");
  if (type.kind === "LIST") return make("span", "", "[", typeOf(type.ofType), "]");
  return link(type.name);
}

function signature(field) {
  const line = make("code", field.name);
  if (field.args?.length) {
    const inside = field.args.flatMap((arg, n) => [n ? ", " : "", `${arg.name}: `, typeOf(arg.type)]);
    line.append("(", ...inside, ")");
  }
  if (field.type) line.append(": ", typeOf(field.type));
  return line;
}

function members(fields) {
  const list = make("dl");
  for (const field of fields) list.append(make("dt", "", signature(field)), make("dd", field.description));
  return list;
}

function show(type) {
  const fields = type.fields || type.inputFields || type.enumValues || [];
  const shown = [make("h3", type.name), make("p", type.description), members(fields)];
  if (type.possibleTypes?.length) {
    shown.push(make("p", "One of:"), make("ul", "", ...type.possibleTypes.map((t) => make("li", "", link(t.name)))));
  }
  at("schema").replaceChildren(...shown);
}

function find(text) {
  const wanted = text.toLowerCase();
  const found = [];
  for (const type of types.values()) {
    if (type.name.startsWith("__")) continue;
    if (type.name.toLowerCase().includes(wanted)) found.push(make("li", "", link(type.name)));
    for (const field of type.fields || type.inputFields || []) {
      if (field.name.toLowerCase().includes(wanted)) found.push(make("li", "", link(type.name, `${type.name}.${field.name}`)));
    }
  }
  at("schema").replaceChildren(make("ul", "", ...found.slice(0, 200)));
}

function look() {
  const wanted = types.get(decodeURIComponent(location.hash.slice(1)));
  if (at("search").value) find(at("search").value);
  else if (wanted) show(wanted);
  else if (types.size) at("schema").replaceChildren(make("ul", "", ...roots().map((name) => make("li", "", link(name)))));
}

const roots = () => ["Query", "Mutation", "Subscription"].filter((name) => types.has(name));

async function loadSchema() {
  try {
    const { found } = await post({ query: SCHEMA });
    if (!found.data) throw new Error(found.errors[0].message);
    types = new Map(found.data.__schema.types.map((type) => [type.name, type]));
    look();
  } catch (error) {
    at("schema").replaceChildren(make("p", `${error.message} Give a key to look again.`));
  }
}

// Keys and clicks

function indent(event) {
  if (event.key !== "Tab" || event.shiftKey) return;
  event.preventDefault();
  event.target.setRangeText("  ", event.target.selectionStart, event.target.selectionEnd, "end");
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
});
query.addEventListener("keydown", indent);
at("run").addEventListener("click", run);
at("stop").addEventListener("click", stop);
key.addEventListener("change", () => signIn().catch((error) => say(`No answer: ${error.message}`, true)));
at("out").addEventListener("click", () => signOut().catch((error) => say(`No answer: ${error.message}`, true)));
at("search").addEventListener("input", look);
addEventListener("hashchange", () => { at("search").value = ""; look(); });
recall();
fetch(SESSION).then(enter).finally(loadSchema);
