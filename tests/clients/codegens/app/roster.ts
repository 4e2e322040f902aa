// What a strict frontend writes against the generated types: every member of a union has its branch.
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { graphql } from "./gql";

const PROFILES = graphql(`
  query Profiles($first: Int!, $after: String) {
    profiles(first: $first, after: $after) {
      nodes {
        id
        displayName
        socialAccounts {
          nodes {
            platform
            handle
            status
            expiresAt
            followers
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const NUMBERS = graphql(`
  query Numbers($id: ID!, $from: Date!, $to: Date!) {
    socialAccount(id: $id) {
      metrics(names: [VIEWS], from: $from, to: $to) {
        __typename
        name
        availability
      }
    }
  }
`);

const REMOVE = graphql(`
  mutation Unlink($input: UnlinkSocialAccountInput!) {
    unlinkSocialAccount(input: $input) {
      __typename
      ... on UnlinkSocialAccountSuccess {
        socialAccount {
          status
        }
      }
      ... on Refusal {
        code
        nextStep
      }
    }
  }
`);

const FOLLOW = graphql(`
  subscription Follow($after: String) {
    accountStatusChanged(after: $after) {
      __typename
      ... on AccountStatusChanged {
        cursor
        status
      }
      ... on EventGap {
        cursor
        message
      }
    }
  }
`);

declare function ask<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Data;

export function lines(): string[] {
  const { profiles } = ask(PROFILES, { first: 20 });
  return profiles.nodes.map((profile) => {
    const followers: number[] = profile.socialAccounts.nodes.map((account) => account.followers ?? 0);
    return `${profile.displayName}: ${followers.reduce((sum, one) => sum + one, 0)}`;
  });
}

export function names(id: string): string[] {
  const found = ask(NUMBERS, { id, from: "2026-01-01", to: "2026-01-31" });
  return found.socialAccount?.metrics.map((metric) => metric.name) ?? [];
}

export function unlink(id: string): string {
  const { unlinkSocialAccount: done } = ask(REMOVE, { input: { id } });
  switch (done.__typename) {
    case "UnlinkSocialAccountSuccess":
      return done.socialAccount.status;
    case "SocialAccountNotFound":
    case "AccountNotLinked":
      return done.code;
  }
}

export function follow(after: string | null): string {
  const { accountStatusChanged: event } = ask(FOLLOW, { after });
  return event.__typename === "EventGap" ? (event.message ?? "") : (event.status ?? "");
}
