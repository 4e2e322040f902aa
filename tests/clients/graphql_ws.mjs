// graphql-ws: all kinds of operations on one socket, and a stream that goes on where a cut socket ended.
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { CREATE, FOLLOW, WHOAMI, WRONG, after, headers, key, socketUrl, tell } from "./words.mjs";

const client = createClient({
  url: socketUrl,
  webSocketImpl: WebSocket,
  connectionParams: headers,
  retryAttempts: 20,
  retryWait: () => new Promise((done) => setTimeout(done, 50)),
});
const ask = (query, variables) =>
  new Promise((resolve, reject) => {
    let result;
    client.subscribe({ query, variables }, { next: (value) => (result = value), error: reject, complete: () => resolve(result) });
  });

tell("query", (await ask(WHOAMI)).data.viewer.name);
tell("mutation", (await ask(CREATE, { name: "by graphql-ws" })).data.createProfile.profile.displayName);
tell("error", (await ask(WRONG, { first: 1000 })).errors[0].extensions.code);

// The payload is sent anew with every connection: with the last cursor in it nothing is missed or told twice.
const payload = { query: FOLLOW, variables: { after } };
client.subscribe(payload, {
  next: ({ data }) => {
    payload.variables.after = data.accountStatusChanged.cursor;
    tell("event", data.accountStatusChanged.cursor);
  },
  error: (error) => tell("failed", String(error?.message ?? JSON.stringify(error))),
  complete: () => {},
});
process.stdin.on("end", () => client.dispose()).resume();
