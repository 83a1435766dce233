import type { ReactNode } from "react";

export function Section({ title, tools, children }: { title: string; tools?: ReactNode; children: ReactNode }) {
  return (
    <section className="span-section" aria-label={title}>
      <div className="span-section-head">
        <h3 className="grow">{title}</h3>
        {tools}
      </div>
      {children}
    </section>
  );
}
