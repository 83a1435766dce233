import { ArrowLeftRight } from "lucide-react";
import { nextPolarity, POLARITY_TEXT, type Polarity } from "../core/feedbackVerdict";
import { visible } from "../core/text";
import { toast } from "../core/toastQueue";
import { changeFeedbackSettings } from "../net/feedbackSettings";
import { Button } from "./Button";

/** Shows whether yes is good or bad for a feedback; a click changes it for the whole experiment. */
export function PolarityButton({ experiment, name, polarity, guessed }: {
  experiment: string;
  name: string;
  polarity: Polarity;
  /** The polarity is derived from the name, as no user has chosen it yet. */
  guessed: boolean;
}) {
  const next = nextPolarity(polarity);
  const put = (chosen: Polarity | "guess") => changeFeedbackSettings(experiment, { name, polarity: chosen });
  const report = (error: unknown) => toast(error instanceof Error ? error.message : String(error), { error: true });
  const choose = () => {
    put(next).then(
      () => toast(`${visible(name)}: ${POLARITY_TEXT[next]}, in the whole experiment`, { undo: () => void put(guessed ? "guess" : polarity).catch(report) }),
      report,
    );
  };
  return (
    <Button
      small
      look="plain"
      className="polarity"
      aria-label={`${visible(name)}: ${POLARITY_TEXT[polarity]}${guessed ? ", as its name suggests" : ""}. Change to: ${POLARITY_TEXT[next]}`}
      title={`${guessed ? "As the name suggests. " : ""}Change for the whole experiment to: ${POLARITY_TEXT[next]}`}
      onClick={choose}
    >
      <ArrowLeftRight aria-hidden /> {POLARITY_TEXT[polarity]}
    </Button>
  );
}
