// A page of profiles that is paged, an object that is fetched again by its id, a change and a stream.
import { graphql } from "react-relay";

export const query = graphql`
  query RosterQuery($first: Int!) {
    ...Roster_profiles @arguments(first: $first)
  }
`;

export const profiles = graphql`
  fragment Roster_profiles on Query
  @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" })
  @refetchable(queryName: "RosterPageQuery") {
    profiles(first: $first, after: $after, orderBy: OLDEST) @connection(key: "Roster_profiles") {
      edges {
        node {
          displayName
          ...Roster_profile
        }
      }
    }
  }
`;

export const profile = graphql`
  fragment Roster_profile on Profile @refetchable(queryName: "RosterProfileQuery") {
    displayName
    kind
    totalFollowers
    socialAccounts(first: 20) {
      nodes {
        platform
        handle
        status
        statusReason
        expiresAt
        followers
      }
    }
  }
`;

export const add = graphql`
  mutation RosterAddMutation($input: AddSocialAccountInput!) {
    addSocialAccount(input: $input) {
      __typename
      ... on AddSocialAccountSuccess {
        socialAccount {
          id
          handle
        }
      }
      ... on Refusal {
        code
        nextStep
      }
    }
  }
`;

export const follow = graphql`
  subscription RosterFollowSubscription($after: String) {
    accountStatusChanged(after: $after) {
      __typename
      ... on AccountStatusChanged {
        cursor
        status
        account {
          id
          status
        }
      }
      ... on EventGap {
        cursor
      }
    }
  }
`;
