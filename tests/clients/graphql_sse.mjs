// graphql-sse, each operation a connection of its own.
import { createClient } from "graphql-sse";
import { CREATE, FOLLOW, WHOAMI, WRONG, after, headers, tell, url } from "./words.mjs";

const variables = { after };
const client = createClient({ url, headers, retryAttempts: 20, retry: () => new Promise((done) => setTimeout(done, 50)) });
const ask = (query, variables) =>
  new Promise((resolve, reject) => {
    let result;
    client.subscribe({ query, variables }, { next: (value) => (result = value), error: reject, complete: () => resolve(result) });
  });

tell("query", (await ask(WHOAMI)).data.viewer.name);
tell("mutation", (await ask(CREATE, { name: "by graphql-sse" })).data.createProfile.profile.displayName);
tell("error", (await ask(WRONG, { first: 1000 })).errors[0].extensions.code);

client.subscribe({ query: FOLLOW, variables }, {
  next: ({ data }) => {
    variables.after = data.accountStatusChanged.cursor;
    tell("event", data.accountStatusChanged.cursor);
  },
  error: (error) => tell("failed", String(error?.message ?? error)),
  complete: () => {},
});
process.stdin.on("end", () => process.exit(0)).resume();
