//! Plots as SVG. Their background is transparent, and their colors are readable on light and on dark pages.

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::path::Path;

const TEXT: RGBColor = RGBColor(115, 123, 133);
const OURS: RGBColor = RGBColor(47, 129, 247);
const PEERS: RGBColor = RGBColor(139, 148, 158);
/// The colors of lines.
const LINES: [RGBColor; 4] = [OURS, RGBColor(217, 115, 13), RGBColor(45, 164, 78), RGBColor(163, 113, 247)];
const WIDTH: u32 = 840;

/// A client and its cost.
pub struct Bar {
    pub name: String,
    pub value: f64,
}

pub struct Panel {
    pub title: &'static str,
    pub x: Axis,
    pub lines: Vec<Line>,
}

pub struct Line {
    pub name: &'static str,
    /// The index of its color.
    pub color: usize,
    pub points: Vec<(f64, f64)>,
}

/// A horizontal axis and its name.
#[derive(Clone, Copy)]
pub enum Axis {
    /// Logarithmic.
    Powers(&'static str),
    /// Linear, from 0.
    Even(&'static str),
}

fn text(size: u32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&TEXT)
}

fn draw(path: &Path, height: u32, drawing: impl FnOnce(&DrawingArea<SVGBackend<'_>, Shift>) -> Result<()>) -> Result<()> {
    let area = SVGBackend::new(path, (WIDTH, height)).into_drawing_area();
    drawing(&area)?;
    area.present().map_err(|error| anyhow!("{}: {error}", path.display()))
}

/// Draws the CPU time per call of clients, in panels side by side.
pub fn bars(path: &Path, panels: &[(&str, Vec<Bar>)]) -> Result<()> {
    const ROW: i32 = 20;
    const TOP: i32 = 30;
    const NAMES: i32 = 140;
    let rows = panels.iter().map(|(_, bars)| bars.len()).max().unwrap_or(0);
    let height = TOP + ROW * i32::try_from(rows)? + 8;
    draw(path, height.cast_unsigned(), |area| {
        for (panel, (title, bars)) in area.split_evenly((1, panels.len())).iter().zip(panels) {
            let width = f64::from(panel.dim_in_pixel().0) - f64::from(NAMES) - 60.0;
            let longest = bars.iter().map(|bar| bar.value).fold(1.0, f64::max);
            panel.draw(&Text::new(format!("CPU per call, µs: {title}"), (NAMES, 6), text(17)))?;
            for (bar, top) in bars.iter().zip((TOP..).step_by(usize::try_from(ROW)?)) {
                let is_ours = bar.name.starts_with("agenthuman");
                let color = if is_ours { OURS } else { PEERS };
                #[expect(clippy::cast_possible_truncation, reason = "pixels")]
                let right = NAMES + (width * bar.value / longest).max(1.0) as i32;
                let middle = top + ROW / 2;
                let name = text(16).pos(Pos::new(HPos::Right, VPos::Center));
                let value = text(15).pos(Pos::new(HPos::Left, VPos::Center));
                panel.draw(&Text::new(bar.name.clone(), (NAMES - 6, middle), name))?;
                panel.draw(&Rectangle::new([(NAMES, top + 3), (right, top + ROW - 3)], color.filled()))?;
                panel.draw(&Text::new(format!("{:.0}", bar.value), (right + 5, middle), value))?;
            }
        }
        Ok(())
    })
}

/// Whether a panel names its lines. All have the same.
#[derive(PartialEq)]
enum Legend {
    Inside,
    Elsewhere,
}

/// Draws lines, in panels side by side.
pub fn lines(path: &Path, panels: &[Panel]) -> Result<()> {
    draw(path, 300, |area| {
        for (at, (place, panel)) in area.split_evenly((1, panels.len())).iter().zip(panels).enumerate() {
            draw_panel(place, panel, if at == 0 { Legend::Inside } else { Legend::Elsewhere })?;
        }
        Ok(())
    })
}

fn draw_panel(place: &DrawingArea<SVGBackend<'_>, Shift>, panel: &Panel, legend: Legend) -> Result<()> {
    let scaled = |x: f64| match panel.x {
        Axis::Powers(_) => x.log10(),
        Axis::Even(_) => x,
    };
    let points = || panel.lines.iter().flat_map(|line| &line.points);
    let right = points().map(|(x, _)| scaled(*x)).fold(1.0, f64::max);
    let left = match panel.x {
        Axis::Powers(_) => points().map(|(x, _)| scaled(*x)).fold(right, f64::min),
        Axis::Even(_) => 0.0,
    };
    // The legend needs some place above the lines.
    let room = if legend == Legend::Inside { 1.6 } else { 1.1 };
    let top = points().map(|(_, y)| *y).fold(1.0, f64::max) * room;
    let (Axis::Powers(name) | Axis::Even(name)) = panel.x;
    let mut chart = ChartBuilder::on(place)
        .caption(panel.title, text(17))
        .margin(8)
        .x_label_area_size(40)
        .y_label_area_size(44)
        .build_cartesian_2d(left..right * 1.02, 0.0..top)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(TEXT.mix(0.25))
        .axis_style(TEXT)
        .label_style(text(14))
        .x_desc(name)
        .x_labels(5)
        .x_label_formatter(&|x| label(panel.x, *x))
        .y_labels(5)
        .y_label_formatter(&|y| format!("{y:.0}"))
        .draw()?;
    for line in &panel.lines {
        let color = LINES[line.color % LINES.len()];
        let points: Vec<_> = line.points.iter().map(|(x, y)| (scaled(*x), *y)).collect();
        chart
            .draw_series(LineSeries::new(points.clone(), color.stroke_width(2)))?
            .label(line.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 14, y)], color.stroke_width(2)));
        chart.draw_series(points.into_iter().map(|point| Circle::new(point, 3, color.filled())))?;
    }
    if legend == Legend::Inside {
        chart.configure_series_labels().position(SeriesLabelPosition::UpperRight).label_font(text(14)).draw()?;
    }
    Ok(())
}

fn label(axis: Axis, x: f64) -> String {
    let number = match axis {
        Axis::Powers(_) if (x - x.round()).abs() > 0.01 => return String::new(),
        Axis::Powers(_) => 10f64.powf(x),
        Axis::Even(_) => x,
    };
    if number >= 1000.0 { format!("{:.0}k", number / 1000.0) } else { format!("{number:.0}") }
}
