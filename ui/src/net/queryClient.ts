import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { toast } from "../core/toastQueue";
import { ApiError } from "./api";
import { recordResponse } from "./serverState";

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => recordResponse(error),
    onSuccess: () => recordResponse(null),
  }),
  mutationCache: new MutationCache({
    // A failed change is shown as a toast, unless the screen shows the error itself.
    onError: (error, _variables, _context, mutation) => {
      recordResponse(error);
      if (!mutation.meta?.quiet) toast(error.message, { error: true });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      gcTime: 5 * 60_000,
      refetchOnWindowFocus: false,
      // Client errors are permanent and not retried; an unreachable server may come back.
      retry: (failures, error) => failures < 2 && error instanceof ApiError && (error.status === 0 || error.status === 503),
      retryDelay: (attempt) => Math.min(1000 * 2 ** attempt, 5000),
    },
  },
});
