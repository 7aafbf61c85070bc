export default function Page() {
  return <p>The relay is at /agenthuman.</p>;
}
