// Where the server is: beside these files, whatever path a proxy put before them.

/** The path of the server's root, with a slash at its end. */
export const ROOT = import.meta.env.PROD ? new URL("..", import.meta.url).pathname : "/";

/** The address that clients are given, without a slash at its end. */
export function serverAddress(): string {
  return (location.origin + ROOT).replace(/\/$/, "");
}
