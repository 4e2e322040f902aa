// urql: questions by POST and by GET, streams by server-sent events through its own fetch.
import { Client, fetchExchange } from "@urql/core";
import { CREATE, FOLLOW, WHOAMI, WRONG, after, headers, tell, url } from "./words.mjs";

const over = (more) => new Client({
  url,
  exchanges: [fetchExchange],
  fetchOptions: { headers },
  preferGetMethod: false,
  fetchSubscriptions: true,
  ...more,
});
const client = over({});

tell("query", (await client.query(WHOAMI, {}).toPromise()).data.viewer.name);
tell("get", (await over({ preferGetMethod: "force" }).query(WHOAMI, {}).toPromise()).data.viewer.name);
tell("mutation", (await client.mutation(CREATE, { name: "by urql" }).toPromise()).data.createProfile.profile.displayName);
tell("error", (await client.query(WRONG, { first: 1000 }).toPromise()).error.graphQLErrors[0].extensions.code);

client.subscription(FOLLOW, { after }).subscribe(({ data, error }) => {
  if (data) tell("event", data.accountStatusChanged.cursor);
  if (error) tell("failed", error.message);
});
process.stdin.on("end", () => process.exit(0)).resume();
