import { useId, useState } from "react";
import { visible } from "../core/text";
import { personName, setPersonName, signedInName } from "../net/person";

/** The name under which answers are saved: that of the token, or one that this browser keeps. */
export function PersonName({ person, suggestions = [], onChange }: { person: string; suggestions?: readonly string[]; onChange: (person: string) => void }) {
  const id = useId();
  const [typed, setTyped] = useState(person);
  if (signedInName() !== null) return <span className="meta">You are {visible(person)}</span>;
  const commit = () => {
    setPersonName(typed);
    setTyped(personName());
    if (personName() !== person) onChange(personName());
  };
  return (
    <span className="row meta">
      <label htmlFor={id} className="nowrap">You are</label>
      <input
        id={id} className="input person-name" list={`${id}-list`} autoComplete="off" maxLength={250} value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
          event.stopPropagation();
        }}
      />
      <datalist id={`${id}-list`}>{suggestions.map((name) => <option key={name} value={name} />)}</datalist>
    </span>
  );
}
