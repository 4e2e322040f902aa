// What all clients here ask for, and how they tell the test what they got: a line of JSON each.
export const [url, key, after] = process.argv.slice(2);
export const socketUrl = url.replace("http", "ws");
export const headers = { Authorization: `Bearer ${key}` };

export const WHOAMI = "query Whoami { viewer { name } }";
export const CREATE = `mutation Create($name: String!) {
  createProfile(input: { displayName: $name }) { __typename ... on CreateProfileSuccess { profile { displayName } } } }`;
export const WRONG = "query Wrong($first: Int) { profiles(first: $first) { totalCount } }";
export const FOLLOW = `subscription Follow($after: String) {
  accountStatusChanged(after: $after) { ... on AccountStatusChanged { cursor } ... on EventGap { cursor } } }`;

export const tell = (name, value) => console.log(JSON.stringify({ [name]: value }));
