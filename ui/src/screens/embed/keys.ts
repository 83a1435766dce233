export const KEYS: { key: string; does: string }[] = [{ key: "[ ]", does: "Previous or next of several traces" }];
