// Apollo Client: questions by POST and by GET, streams by graphql-ws.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createClient } from "graphql-ws";
import { tap } from "rxjs";
import WebSocket from "ws";
import { CREATE, FOLLOW, WHOAMI, WRONG, after, headers, socketUrl, tell, url } from "./words.mjs";

const sockets = createClient({
  url: socketUrl,
  webSocketImpl: WebSocket,
  connectionParams: headers,
  retryAttempts: 20,
  retryWait: () => new Promise((done) => setTimeout(done, 50)),
});
// A socket that comes back sends its operations anew: with the last cursor in it nothing is told twice.
const remember = new ApolloLink((operation, forward) => forward(operation).pipe(tap(({ data }) => {
  operation.variables.after = data.accountStatusChanged.cursor;
})));
const isStream = ({ query }) => query.definitions.some((d) => d.operation === "subscription");
const over = (http) => new ApolloClient({
  link: ApolloLink.split(isStream, remember.concat(new GraphQLWsLink(sockets)), new HttpLink({ uri: url, headers, ...http })),
  cache: new InMemoryCache(),
});
const client = over({});
const errorOf = async (asked) => (await asked).error.errors[0].extensions.code;

tell("query", (await client.query({ query: gql(WHOAMI) })).data.viewer.name);
tell("get", (await over({ useGETForQueries: true }).query({ query: gql(WHOAMI) })).data.viewer.name);
const created = await client.mutate({ mutation: gql(CREATE), variables: { name: "by Apollo" } });
tell("mutation", created.data.createProfile.profile.displayName);
tell("error", await errorOf(client.query({ query: gql(WRONG), variables: { first: 1000 }, errorPolicy: "all" })));

client.subscribe({ query: gql(FOLLOW), variables: { after } }).subscribe({
  next: ({ data }) => tell("event", data.accountStatusChanged.cursor),
  error: (error) => tell("failed", error.message),
});
process.stdin.on("end", () => process.exit(0)).resume();
