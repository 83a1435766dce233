import { useId, type ReactNode } from "react";

/** A labelled field with a hint and a problem below it. The child receives the id of the label and the field’s description. */
export function Field({ label, hint, problem, children }: {
  label: ReactNode;
  hint?: ReactNode;
  /** Why the value cannot be saved. */
  problem?: string | false | null;
  children: (field: { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean | undefined }) => ReactNode;
}) {
  const id = useId();
  const described = hint || problem ? `${id}-about` : undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": described, "aria-invalid": problem ? true : undefined })}
      {described && (
        <span id={described} className="meta">
          {problem ? <span className="error-text">{problem}</span> : hint}
        </span>
      )}
    </div>
  );
}
