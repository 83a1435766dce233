import { useMutation, useQuery } from "@tanstack/react-query";
import { Bookmark, ChevronDown } from "lucide-react";
import { Toolbar as Radix } from "radix-ui";
import { useState, type FormEvent } from "react";
import { useUrl } from "../../ui/address/useUrl";
import { visible } from "../../core/text";
import { kansoku } from "../../net/api";
import { queryClient } from "../../net/queryClient";
import { experimentPath } from "../../net/traces";
import { THUMBS_DEFAULT, useFeedbackSettings } from "../../net/feedbackSettings";
import type { SavedView, ViewList } from "../../core/types";
import { Button } from "../../ui/Button";
import { Menu } from "../../ui/Menu";
import { Popover } from "../../ui/Popover";
import { toast } from "../../core/toastQueue";
import { presetPatch, presetViews, shows } from "./presetViews";
import { stateOf, viewPatch } from "./viewState";

/** Saved views of this experiment: filter, time range, columns, order, grouping. */
export function Views({ experiment }: { experiment: string }) {
  const [open, setOpen] = useState(false);
  const [url] = useUrl();
  const presets = usePresets(experiment);
  const state = stateOf(url);
  const preset = presets.find((preset) => shows(preset, url));
  const views = useViews(experiment, !preset && state !== "");
  const shown = preset?.name ?? (state === "" ? undefined : views.data?.views.find((view) => view.state === state)?.name);
  return (
    <Popover label="Saved views" align="end" open={open} onOpenChange={setOpen} trigger={
      <Radix.Button className="button" aria-label={shown ? `Views: ${visible(shown)}` : "Views"} data-on={shown !== undefined}><Bookmark aria-hidden /><span className="tool-label ellipsis view-name">{visible(shown ?? "Views")}</span><ChevronDown aria-hidden className="tool-more" /></Radix.Button>
    }>
      <Panel experiment={experiment} onDone={() => setOpen(false)} />
    </Popover>
  );
}

function useViews(experiment: string, enabled: boolean) {
  return useQuery({
    queryKey: ["views", experiment],
    queryFn: ({ signal }) => kansoku<ViewList>(experimentPath(experiment, "views"), {}, { signal }),
    enabled,
  });
}

function usePresets(experiment: string) {
  return presetViews(useFeedbackSettings(experiment).data?.thumbs ?? THUMBS_DEFAULT);
}

function Panel({ experiment, onDone }: { experiment: string; onDone: () => void }) {
  const [url, change] = useUrl();
  const [name, setName] = useState("");
  const key = ["views", experiment];
  const views = useViews(experiment, true);
  const presets = usePresets(experiment);
  const again = () => queryClient.invalidateQueries({ queryKey: key });
  const save = useMutation({
    mutationFn: (wanted: string) => kansoku<SavedView>(experimentPath(experiment, "views"), {}, { method: "POST", body: { name: wanted, state: stateOf(url) } }),
    onSuccess: (view) => {
      toast(`View “${view.name}” saved`);
      setName("");
      void again();
    },
  });
  const alter = useMutation({
    mutationFn: ({ view, body }: { view: SavedView; body: { name?: string; state?: string; place?: number } | null }) =>
      kansoku<unknown>(`views/${encodeURIComponent(view.view_id)}`, {}, body ? { method: "PATCH", body } : { method: "DELETE" }),
    onSuccess: again,
  });
  const saved = views.data?.views ?? [];
  const move = (view: SavedView, step: -1 | 1) => {
    const place = saved.indexOf(view) + step;
    if (place < 0 || saved.length <= place || alter.isPending) return;
    // The row that moves keeps the focus.
    alter.mutate({ view, body: { place } }, { onSuccess: () => requestAnimationFrame(() => document.getElementById(`view-${view.view_id}`)?.focus()) });
  };
  const open = (view: SavedView) => {
    change(viewPatch(url, view.state));
    onDone();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) save.mutate(name.trim());
  };
  return (
    <div className="views">
      <ul aria-label="Preset views">
        {presets.map((preset) => (
          <li key={preset.name}>
            <button type="button" className="menu-item grow" aria-current={shows(preset, url) ? "true" : undefined} onClick={() => { change(presetPatch(preset)); onDone(); }}>{preset.name}</button>
          </li>
        ))}
      </ul>
      <p className="menu-label">Saved</p>
      {views.isError && <p className="error-text" role="alert">{views.error.message}</p>}
      {views.data && saved.length === 0 && <p className="meta">No saved views yet.</p>}
      <ul aria-label="Saved views">
        {saved.map((view, at) => (
          <li key={view.view_id} className="row">
            <button
              type="button" className="menu-item grow" id={`view-${view.view_id}`} title="Alt ↑ and Alt ↓ move it"
              aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown" onClick={() => open(view)}
              onKeyDown={(event) => {
                const step = event.altKey && event.key === "ArrowUp" ? -1 : event.altKey && event.key === "ArrowDown" ? 1 : null;
                if (step === null) return;
                event.preventDefault();
                move(view, step);
              }}
            ><span className="ellipsis">{visible(view.name)}</span></button>
            <Menu label={`View ${view.name}`} align="end" trigger={<Button small look="plain" aria-label={`Actions for ${view.name}`}>…</Button>} items={[
              { label: "Overwrite with what is shown now", run: () => alter.mutate({ view, body: { state: stateOf(url) } }) },
              { label: name.trim() ? `Rename to “${name.trim()}”` : "Rename: enter the new name below first", disabled: !name.trim(), run: () => { alter.mutate({ view, body: { name: name.trim() } }); setName(""); } },
              { label: "Move up", end: "Alt ↑", disabled: at === 0, run: () => move(view, -1) },
              { label: "Move down", end: "Alt ↓", disabled: at === saved.length - 1, run: () => move(view, 1) },
              null,
              { label: "Delete", danger: true, run: () => alter.mutate({ view, body: null }) },
            ]} />
          </li>
        ))}
      </ul>
      <form className="row" onSubmit={submit}>
        <input className="input" autoFocus aria-label="Name of the view" placeholder="Name of the view" maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />
        <Button type="submit" disabled={!name.trim() || save.isPending}>Save</Button>
      </form>
    </div>
  );
}
