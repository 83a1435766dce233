// The server's root, derived from the URL of this file, so that it includes a path that a proxy adds.

/** The path of the server's root, with a trailing slash. */
export const ROOT = import.meta.env.PROD ? new URL("..", import.meta.url).pathname : "/";

/** The server URL for clients, without a trailing slash. */
export function serverAddress(): string {
  return (location.origin + ROOT).replace(/\/$/, "");
}
