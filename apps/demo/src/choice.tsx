// One of several names to choose from, with its label. Every view asks this way.

interface ChoiceProps {
  readonly label: string;
  /** How tests find it. */
  readonly name: string;
  readonly value: string;
  readonly choices: readonly string[];
  readonly choose: (value: string) => void;
}

/** A labelled select. A value that is none of the choices is shown beside them. */
export function Choice({ label, name, value, choices, choose }: ChoiceProps) {
  const shown = choices.includes(value) ? choices : [value, ...choices];
  return (
    <label>
      {label}
      <select
        value={value}
        onChange={(event) => choose(event.currentTarget.value)}
        data-test={name}
      >
        {shown.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    </label>
  );
}
