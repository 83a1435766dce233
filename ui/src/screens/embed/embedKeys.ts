import type { KeyHelp } from "../../ui/keys/keyHelp";

export const EMBED_KEYS: KeyHelp[] = [{ key: "[ ]", does: "Previous, next trace" }];
